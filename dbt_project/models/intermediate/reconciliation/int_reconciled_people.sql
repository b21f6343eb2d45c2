{{ config(materialized='ephemeral') }}
{%- set before = reconciled_before() %}

-- Whose records may count otherwise than they stand: the persons of what changed, and those it was of before.
{% if before -%}
with changed_members as (
    select
        members.row_key,
        members.kind,
        members.row_id,
        members.anchor
    from {{ ref('int_person_members') }} as members
    where {{ is_newer('members', before) }}
),

changed_leads as (
    select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_newer('leads', before) }}
    union
    select lives.lead_id from {{ ref('int_lead_lifecycle') }} as lives where {{ is_newer('lives', before) }}
    union
    select moved.lead_id from {{ ref('int_lead_identity') }} as moved where {{ is_newer('moved', before) }}
    union
    select moved.source_lead_id from {{ ref('int_lead_identity') }} as moved where {{ is_newer('moved', before) }}
    union
    select row_id from changed_members where kind = 'lead'
),

changed_opportunities as (
    select
        deals.opportunity_id,
        deals.lead_id
    from {{ ref('int_opportunities') }} as deals
    where {{ is_newer('deals', before) }}
    union
    select
        moved.source_opportunity_id,
        cast(null as varchar) as lead_id
    from {{ ref('int_opportunity_identity') }} as moved
    where {{ is_newer('moved', before) }}
),

changed_touches as (
    select
        touches.touch_id,
        touches.touch_type,
        touches.lead_id,
        touches.visitor_id
    from {{ ref('int_lead_touches') }} as touches
    where
        {{ is_newer('touches', before) }}
        or touches.visitor_id in (select row_id from changed_members where kind = 'visitor')
        or touches.lead_id in (select row_id from changed_members where kind = 'lead')
),

changed_rows as (
    select row_key from changed_members
    union
    select 'lead:' || lead_id from changed_leads
    union
    select 'lead:' || lead_id from changed_opportunities
    union
    select 'lead:' || lead_id from changed_touches
    union
    select 'form_fill:' || touch_id from changed_touches where touch_type = 'form_fill'
    union
    select 'visitor:' || visitor_id from changed_touches
),

changed_records as (
    select row_id as record_id from changed_members
    union
    select lead_id from changed_leads
    union
    select opportunity_id from changed_opportunities
    union
    select touch_id from changed_touches
)

select members.anchor as person from {{ ref('int_person_members') }} as members
where members.row_key in (select row_key from changed_rows)
union
select 'touch:' || touch_id from changed_touches
union
select 'opportunity:' || opportunity_id from changed_opportunities
union
select standing._person from {{ before }} as standing
where
    standing._person is not null
    and (
        standing.record_id in (select record_id from changed_records)
        or standing.detail in (select {{ said_deleted('lead_id') }} from changed_leads)
        -- A changed rule of what is a machine or our own concerns everybody.
        or exists (
            select 1 from {{ ref('int_plan_identity_rules') }} as rules where {{ is_newer('rules', before) }}
        )
    )
{%- else -%}
select cast(null as varchar) as person where false
{%- endif %}
