{#-
  Two systems' counts of the same thing, record by record. A side is a relation with: record_id, occurred_at, source,
  campaign_id, system, source_file, source_line, pair_key (the same on both sides of a pair, unique on each, NULL without
  a counterpart), reason and detail (why it has none, when that is known).
-#}

{#- Query: every record of both sides of a joint, each with its counterpart. -#}
{% macro both_sides(joint, lefts, rights) -%}
    {%- for side, own, other in [('left', lefts, rights), ('right', rights, lefts)] %}
    select
        '{{ joint }}' as joint,
        '{{ side }}' as side,
        own_side.record_id,
        cast(1 as bigint) as records,
        own_side.occurred_at,
        {{ week_start(business_date('own_side.occurred_at')) }} as week_start,
        own_side.source,
        own_side.campaign_id,
        other_side.record_id as counterpart_id,
        {{ week_start(business_date('other_side.occurred_at')) }} as counterpart_week_start,
        other_side.source as counterpart_source,
        other_side.campaign_id as counterpart_campaign_id,
        own_side.reason,
        own_side.detail,
        own_side.system,
        own_side.source_file,
        own_side.source_line
    from {{ own }} as own_side
    left join {{ other }} as other_side on own_side.pair_key = other_side.pair_key
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- List: why a record of one side has no counterpart in the other's cell, and what each means. -#}
{% macro gap_reasons() -%}
    {{ return(['duplicate', 'bot', 'internal', 'late', 'deleted', 'elsewhere', 'unexplained']) }}
{%- endmacro %}

{#- Aggregate: how many records of a side there are, of those under a condition. -#}
{% macro records_counted(condition, side) -%}
    cast(coalesce(sum(records) filter (where side = '{{ side }}' and {{ condition }}), 0) as bigint)
{%- endmacro %}
