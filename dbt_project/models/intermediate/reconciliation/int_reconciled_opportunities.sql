{{ config(materialized='ephemeral') }}

-- Leads that were handed off against opportunities in the pipeline. A lead's first opportunity is its counterpart.
with deals as (
    select
        opportunities.*,
        leads.is_deleted as is_lead_deleted,
        lifecycle.handed_off_at,
        coalesce(leads.plan_campaign_id, 'unmapped') as plan_campaign_id,
        coalesce(members.anchor, 'opportunity:' || opportunities.opportunity_id) as person,
        row_number() over (
            partition by opportunities.lead_id, coalesce(opportunities.is_deleted, false)
            order by opportunities.created_at, opportunities.opportunity_id
        ) as place
    from {{ ref('int_opportunities') }} as opportunities
    left join {{ ref('int_leads') }} as leads on opportunities.lead_id = leads.lead_id
    left join {{ ref('int_lead_lifecycle') }} as lifecycle on opportunities.lead_id = lifecycle.lead_id
    left join {{ ref('int_person_members') }} as members
        on opportunities.lead_id = members.row_id and members.kind = 'lead'
    where {{ is_reconciled_person("coalesce(members.anchor, 'opportunity:' || opportunities.opportunity_id)") }}
),

deleted_deals as (
    select
        lead_id,
        min(opportunity_id) as opportunity_id
    from deals
    where coalesce(is_deleted, false)
    group by lead_id
),

handoffs as (
    select
        leads.* exclude (reason, detail, week_start),
        leads.handed_off_at as occurred_at,
        {{ week_start(business_date('leads.handed_off_at')) }} as week_start,
        leads.record_id as pair_key,
        {{ reason_or_stayed(
            "case when deleted_deals.lead_id is not null then 'deleted' else leads.reason end",
            'leads.lifecycle_stage',
            ['handed_off', 'accepted', 'meeting']
        ) }} as reason,
        coalesce('opportunity ' || deleted_deals.opportunity_id || ' was deleted in the CRM', leads.detail) as detail
    from {{ ref('int_countable_leads') }} as leads
    left join deleted_deals on leads.record_id = deleted_deals.lead_id
    where leads.handed_off_at is not null
),

entries as (
    select
        opportunity_id as record_id,
        created_at as occurred_at,
        {{ week_start(business_date('created_at')) }} as week_start,
        person,
        source,
        plan_campaign_id as campaign_id,
        system,
        source_file,
        source_line,
        case when place = 1 and lead_id is not null then lead_id end as pair_key,
        case
            when is_lead_deleted then 'deleted'
            when place > 1 and lead_id is not null then 'duplicate'
        end as reason,
        case
            when is_lead_deleted then {{ said_deleted('lead_id') }}
            when lead_id is null then 'no lead: opened in the pipeline'
            when place > 1 then 'another opportunity of lead ' || lead_id
            when handed_off_at is null then 'lead ' || lead_id || ' was not handed off'
        end as detail
    from deals
    where not coalesce(is_deleted, false)
)

{{ both_sides('handed_off_to_pipeline', 'handoffs', 'entries') }}
