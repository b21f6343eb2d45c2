{#-
  Two systems' counts of the same thing, record by record. A side is a relation with: record_id, occurred_at, week_start,
  source, campaign_id, person, system, source_file, source_line, pair_key (the same on both sides of a pair, unique on
  each, NULL without a counterpart), reason and detail (why it has none, when that is known).

  What counts against what lies within one person, of a platform's clicks within one week of a campaign. The models of
  the reconciliation are parts of the query of `fct_reconciliation_records` (ephemeral), and it computes only the persons
  and cells of which something changed since it was last built.
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
        own_side.week_start,
        own_side.source,
        own_side.campaign_id,
        other_side.record_id as counterpart_id,
        other_side.week_start as counterpart_week_start,
        other_side.source as counterpart_source,
        other_side.campaign_id as counterpart_campaign_id,
        own_side.reason,
        own_side.detail,
        own_side.person,
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
    {{ return(['duplicate', 'bot', 'internal', 'late', 'deleted', 'elsewhere', 'stayed', 'unexplained']) }}
{%- endmacro %}

{#-
  Expression: why a lead is not in the joint's right stage: what stands against it, else that it stayed at one of the
  stages `before` or ended without. NULL for one that stands at the right stage or beyond: its being missing contradicts.
-#}
{% macro reason_or_stayed(reason, stage, before) -%}
    case
        when {{ reason }} is not null then {{ reason }}
        when {{ stage }} in ('{{ (before + ['rejected', 'recycled', 'disqualified']) | join("', '") }}') then 'stayed'
    end
{%- endmacro %}

{#- Aggregate: how many records of a side there are, of those under a condition. -#}
{% macro records_counted(condition, side) -%}
    cast(coalesce(sum(records) filter (where side = '{{ side }}' and {{ condition }}), 0) as bigint)
{%- endmacro %}

{#- Expression: how a gap names a lead that was deleted. -#}
{% macro said_deleted(lead_id) -%}
    'lead ' || {{ lead_id }} || ' was deleted in the CRM'
{%- endmacro %}

{#-
  Relation: the records as they stand, which tell of whom a changed one was before; none when all are computed. While the
  project is parsed there always is one, so that dbt sees every dependency.
-#}
{% macro reconciled_before() -%}
    {%- if not execute -%}
        {{ return(this) }}
    {%- elif flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set mart = graph.nodes['model.andon.fct_reconciliation_records'] -%}
    {{ return(adapter.get_relation(mart.database, mart.schema, mart.alias)) }}
{%- endmacro %}

{#- Condition: a row of this person has to be computed. -#}
{% macro is_reconciled_person(person) -%}
    {%- set people = ref('int_reconciled_people') -%}
    {{ person ~ ' in (select people.person from ' ~ people ~ ' as people)' if reconciled_before() else 'true' }}
{%- endmacro %}

{#- Condition: a click of this week, source and campaign has to be computed. -#}
{% macro is_reconciled_cell(week_start, source, campaign_id) -%}
    {%- set cells = ref('int_reconciled_cells') -%}
    {%- if reconciled_before() -%}
        ({{ week_start }}, {{ source }}, {{ campaign_id }}) in (
            select (cells.week_start, cells.source, cells.campaign_id) from {{ cells }} as cells
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Expression: a record of the left side of a platform's clicks. -#}
{% macro charged_record_id(reason) -%}
    concat_ws(':', platform, account_id, campaign_id, spend_date, currency, {{ reason }})
{%- endmacro %}

{#-
  Query: ad clicks and form fills as the tracker counts them (each once, without its copy in the CRM that the company moved
  to), and whether each is a machine's or our own people's (plan table identity_rules): by the browser's user agent, the
  hash of its address, and the e-mail domain of who it is.
  touches: a relation like int_lead_touches.
-#}
{% macro tracked_actions(touches) -%}
    with agents as (
        select distinct user_agent
        from {{ touches }}
        where user_agent is not null
    ),

    machines as (
        select distinct agents.user_agent
        from agents
        inner join {{ ref('int_plan_identity_rules') }} as rules
            on
                rules.rule = 'bot_user_agent'
                and {{ lookup('agents.user_agent') }} like {{ like_pattern('rules.value') }} escape '!'
    ),

    own_addresses as (
        select distinct value as ip_hash
        from {{ ref('int_plan_identity_rules') }}
        where rule = 'internal_ip_hash'
    )

    select
        touches.touch_id as record_id,
        touches.touch_type,
        touches.visitor_id,
        touches.lead_id,
        coalesce(owners.anchor, fills.anchor, visitors.anchor) as anchor,
        coalesce(owners.anchor, fills.anchor, visitors.anchor, 'touch:' || touches.touch_id) as person,
        fills.residue,
        touches.occurred_at,
        touches.occurred_date as day,
        {{ week_start('touches.occurred_date') }} as week_start,
        touches.source,
        coalesce(touches.plan_campaign_id, 'unmapped') as campaign_id,
        machines.user_agent is not null as is_bot,
        own_addresses.ip_hash is not null
        or coalesce(fills.email_kind = 'internal', false)
        or coalesce(fills.residue, visitors.residue, '') = 'internal' as is_internal,
        touches.system,
        touches.source_file,
        touches.source_line
    from {{ touches }} as touches
    left join machines on touches.user_agent = machines.user_agent
    left join own_addresses on {{ lookup('touches.ip_hash') }} = own_addresses.ip_hash
    left join {{ ref('int_person_members') }} as owners on 'lead:' || touches.lead_id = owners.row_key
    left join {{ ref('int_person_members') }} as fills
        on case when touches.touch_type = 'form_fill' then 'form_fill:' || touches.touch_id end = fills.row_key
    left join {{ ref('int_person_members') }} as visitors on 'visitor:' || touches.visitor_id = visitors.row_key
    where coalesce(fills.residue, '') <> 'copied_record'
{%- endmacro %}
