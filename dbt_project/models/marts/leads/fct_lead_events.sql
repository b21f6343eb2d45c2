{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_leads'}) }}

-- A lead's story: all that was delivered about it, a row per thing that happened, with its file and line.
with candidates as (
    select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_new('leads') }}
    union
    {{ leads_changed_in('int_lead_touches') }}
    {{ or_leads_holding('int_lead_touches', 'touch_id', 'event_id') }}
    union
    {{ leads_changed_in('int_lead_events') }}
    {{ or_leads_holding('int_lead_events', 'event_id', 'event_id') }}
    union
    {{ leads_changed_in('int_activities') }}
    {{ or_leads_holding('int_activities', 'activity_id', 'event_id') }}
    union
    {{ leads_changed_in('int_opportunities') }}
    {{ or_leads_holding('int_opportunities', 'opportunity_id', 'event_id') }}
    union
    select opportunities.lead_id
    from {{ ref('int_opportunity_stages') }} as stages
    inner join {{ ref('int_opportunities') }} as opportunities on stages.opportunity_id = opportunities.opportunity_id
    where {{ is_new('stages') }}
),

happened as (
    select
        lead_id,
        'record' as kind,
        lead_id as event_id,
        created_at as occurred_at,
        'created' as what,
        cast(null as varchar) as from_value,
        source as to_value,
        cast(null as varchar) as reason,
        campaign_id,
        owner_id as actor_id,
        cast(null as bigint) as minutes,
        system,
        source_file,
        source_line
    from {{ ref('int_leads') }}
    union all
    select
        lead_id,
        'touch' as kind,
        touch_id as event_id,
        occurred_at,
        touch_type as what,
        utm_source as from_value,
        page as to_value,
        cast(null as varchar) as reason,
        campaign_id,
        cast(null as varchar) as actor_id,
        cast(null as bigint) as minutes,
        system,
        source_file,
        source_line
    from {{ ref('int_lead_touches') }}
    union all
    select
        lead_id,
        'change' as kind,
        event_id,
        event_at as occurred_at,
        event_type as what,
        from_value,
        to_value,
        reason,
        cast(null as varchar) as campaign_id,
        actor_id,
        cast(null as bigint) as minutes,
        system,
        source_file,
        source_line
    from {{ ref('int_lead_events') }}
    union all
    select
        lead_id,
        'activity' as kind,
        activity_id as event_id,
        occurred_at,
        activity_type as what,
        cast(null as varchar) as from_value,
        outcome as to_value,
        cast(null as varchar) as reason,
        cast(null as varchar) as campaign_id,
        owner_id as actor_id,
        minutes,
        system,
        source_file,
        source_line
    from {{ ref('int_activities') }}
    union all
    select
        opportunities.lead_id,
        'stage' as kind,
        stages.history_id as event_id,
        stages.entered_at as occurred_at,
        'stage' as what,
        cast(null as varchar) as from_value,
        stages.crm_stage as to_value,
        cast(null as varchar) as reason,
        opportunities.campaign_id,
        stages.actor_id,
        cast(null as bigint) as minutes,
        stages.system,
        stages.source_file,
        stages.source_line
    from {{ ref('int_opportunity_stages') }} as stages
    inner join {{ ref('int_opportunities') }} as opportunities on stages.opportunity_id = opportunities.opportunity_id
)

select
    happened.*,
    {{ as_of() }} as _modelled_at
from happened
where
    happened.lead_id in (select candidates.lead_id from candidates)
    and happened.lead_id in (select leads.lead_id from {{ ref('int_leads') }} as leads)
