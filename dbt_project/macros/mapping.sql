{#-
  Which campaign and source of the plan a delivered row means. The order is the same for spend, touches and leads: a
  campaign id that the plan knows, else the first rule of `spend_map` that matches (by priority, then rule id).
-#}

{#- A map's value as a LIKE pattern (escape `!`): case and blanks around do not count, `*` stands for any text. -#}
{% macro like_pattern(value) -%}
    replace(replace(replace(replace({{ lookup(value) }}, '!', '!!'), '%', '!%'), '_', '!_'), '*', '%')
{%- endmacro %}

{#-
  Query: per key of `rows`, the rule that applies: key, rule_id, rule_source, rule_campaign_id.
  day: column by which rules are in force; fields: condition of a rule -> column of `rows`. A rule that asks for what
  rows of this kind do not have does not apply to them.
-#}
{% macro rules_applied(rows, key, day, fields) -%}
    {%- set conditions = [
        'platform', 'account_id', 'campaign_id', 'campaign_name', 'utm_source', 'utm_medium', 'utm_campaign'
    ] -%}
    {%- set columns = fields.values() | unique | list -%}
    with shapes as (
        select distinct {{ columns | join(', ') }} from {{ rows }}
    ),

    matches as (
        select
            {%- for column in columns %}
            shapes.{{ column }},
            {%- endfor %}
            rules.rule_id,
            rules.priority,
            rules.source,
            rules.maps_to_campaign,
            rules.valid_from,
            rules.valid_to
        from shapes
        inner join {{ ref('int_plan_spend_map') }} as rules
            on
            {%- for condition in conditions %}
            {%- if condition in fields %}
                (
                    rules.{{ condition }} is null
                    or {{ lookup('shapes.' ~ fields[condition]) }} like rules.{{ condition }} escape '!'
                )
            {%- else %}
                rules.{{ condition }} is null
            {%- endif %}
            {{- ' and' if not loop.last }}
            {%- endfor %}
    )

    select
        matching.{{ key }},
        min_by(matches.rule_id, (matches.priority, matches.rule_id)) as rule_id,
        min_by(matches.source, (matches.priority, matches.rule_id)) as rule_source,
        {{ value_at('min', 'matches.maps_to_campaign', '(matches.priority, matches.rule_id)') }} as rule_campaign_id
    from {{ rows }} as matching
    inner join matches
        on
        {%- for column in columns %}
            matching.{{ column }} is not distinct from matches.{{ column }} and
        {%- endfor %}
            matching.{{ day }} between matches.valid_from and matches.valid_to
    group by matching.{{ key }}
{%- endmacro %}
