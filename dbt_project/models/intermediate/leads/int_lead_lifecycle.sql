{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_leads'}) }}

{#- A later milestone that lies before an earlier one is a clock defect, by name. -#}
{% set clock_defects = [
    ('accepted_before_handoff', 'accepted_at', 'handed_off_at'),
    ('handoff_before_created', 'handed_off_at', 'created_at'),
    ('lost_before_opportunity', 'lost_at', 'opportunity_at'),
    ('meeting_before_handoff', 'meeting_held_at', 'handed_off_at'),
    ('meeting_held_before_booked', 'meeting_held_at', 'meeting_booked_at'),
    ('opportunity_before_handoff', 'opportunity_at', 'handed_off_at'),
    ('recycled_before_handoff', 'recycled_at', 'handed_off_at'),
    ('rejected_before_handoff', 'rejected_at', 'handed_off_at'),
    ('won_before_created', 'won_at', 'created_at'),
    ('won_before_opportunity', 'won_at', 'opportunity_at'),
] %}

-- When each thing first happened to a lead. A milestone after the first handoff is the first one at or after it; where
-- there is only an earlier one that stands, as delivered, and the pair is named in `clock_defects`.
with candidates as (
    {{ leads_changed_in('int_lead_events') }}
    union
    {{ leads_changed_in('int_activities') }}
    union
    {{ leads_changed_in('int_lead_touches') }}
    union
    {{ leads_changed_in('int_opportunities') }}
    union
    select opportunities.lead_id
    from {{ ref('int_opportunity_stages') }} as stages
    inner join {{ ref('int_opportunities') }} as opportunities on stages.opportunity_id = opportunities.opportunity_id
    where {{ is_new('stages') }}
    union
    select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_new('leads') }}
),

leads as (
    select
        lead_id,
        created_at,
        status_stage,
        is_deleted
    from {{ ref('int_leads') }}
    where lead_id in (select candidates.lead_id from candidates)
),

handoffs as (
    select
        lead_id,
        min(event_at) as handed_off_at
    from {{ ref('int_lead_events') }}
    where to_stage = 'handed_off' and lead_id in (select candidates.lead_id from candidates)
    group by lead_id
),

decisions as (
    select
        events.lead_id,
        {{ first_since('event_at', 'handoffs.handed_off_at', "to_stage in ('accepted', 'converted')") }} as accepted_at,
        {{ first_since('event_at', 'handoffs.handed_off_at', "to_stage = 'rejected'") }} as rejected_at,
        {{ first_since('event_at', 'handoffs.handed_off_at', "to_stage = 'recycled'") }} as recycled_at,
        min(events.event_at) filter (where events.to_stage = 'disqualified') as disqualified_at,
        {{ value_at('max', 'events.to_stage', '(events.event_at, events.event_id)') }} as last_stage,
        max(events.event_at) filter (where events.to_stage = 'handed_off') as last_handed_off_at
    from {{ ref('int_lead_events') }} as events
    left join handoffs on events.lead_id = handoffs.lead_id
    where events.to_stage is not null and events.lead_id in (select candidates.lead_id from candidates)
    group by events.lead_id
),

activities as (
    select
        activities.lead_id,
        min(occurred_at) filter (
            where activities.occurred_at >= handoffs.handed_off_at and {{ is_contact('activities.activity_type') }}
        ) as first_response_at,
        {{ first_since('occurred_at', 'handoffs.handed_off_at', "activity_type = 'meeting_booked'") }}
            as meeting_booked_at,
        {{ first_since('occurred_at', 'handoffs.handed_off_at', "activity_type = 'meeting_held'") }} as meeting_held_at,
        max(occurred_at) filter (where activity_type = 'meeting_held') as last_meeting_held_at
    from {{ ref('int_activities') }} as activities
    left join handoffs on activities.lead_id = handoffs.lead_id
    where activities.lead_id in (select candidates.lead_id from candidates)
    group by activities.lead_id
),

touches as (
    select
        touches.lead_id,
        count(*) as touches,
        min(occurred_at) as first_touch_at,
        max(occurred_at) as last_touch_at,
        max(occurred_at) filter (where occurred_at <= handoffs.handed_off_at) as last_touch_before_handoff_at,
        {{ value_at('min', 'source', '(occurred_at, touch_id)') }} as first_touch_source,
        {{ value_at('max', 'source', '(occurred_at, touch_id)') }} as last_touch_source,
        {{ value_at('min', 'campaign_id', '(occurred_at, touch_id)') }} as first_touch_campaign_id,
        {{ value_at('max', 'campaign_id', '(occurred_at, touch_id)') }} as last_touch_campaign_id
    from {{ ref('int_lead_touches') }} as touches
    left join handoffs on touches.lead_id = handoffs.lead_id
    where touches.lead_id in (select candidates.lead_id from candidates)
    group by touches.lead_id
),

lead_opportunities as (
    select
        *,
        {{ business_instant('cast(close_date as timestamp) + interval 1 day') }} - interval 1 second as closed_by
    from {{ ref('int_opportunities') }}
    where not coalesce(is_deleted, false) and lead_id in (select candidates.lead_id from candidates)
),

stage_entries as (
    select
        opportunity_id,
        max_by(is_won, (entered_at, stage_order, history_id)) as is_won,
        max_by(is_closed, (entered_at, stage_order, history_id)) as is_closed,
        min(entered_at) filter (where is_won) as won_at,
        max(entered_at) filter (where is_closed and not is_won) as lost_at
    from {{ ref('int_opportunity_stages') }}
    where
        stage is not null
        and opportunity_id in (select lead_opportunities.opportunity_id from lead_opportunities)
    group by opportunity_id
),

-- The history says when a deal closed; without one its close date does, taken as the end of that day.
closings as (
    select
        opportunities.lead_id,
        opportunities.opportunity_id,
        opportunities.created_at,
        opportunities.amount,
        coalesce(entries.is_closed, opportunities.is_closed) as is_closed,
        case
            when coalesce(entries.is_won, opportunities.is_won)
                then coalesce(entries.won_at, opportunities.closed_by, opportunities.updated_at)
        end as won_at,
        case
            when
                coalesce(entries.is_closed, opportunities.is_closed)
                and not coalesce(entries.is_won, opportunities.is_won)
                then coalesce(entries.lost_at, opportunities.closed_by, opportunities.updated_at)
        end as lost_at
    from lead_opportunities as opportunities
    left join stage_entries as entries on opportunities.opportunity_id = entries.opportunity_id
),

deals as (
    select
        lead_id,
        min(created_at) as opportunity_at,
        min(won_at) as won_at,
        case when count(lost_at) = count(*) then max(lost_at) end as lost_at,
        coalesce(
            min_by(opportunity_id, (won_at, opportunity_id)) filter (where won_at is not null),
            min_by(opportunity_id, (created_at, opportunity_id))
        ) as opportunity_id,
        sum(amount) filter (where won_at is not null) as won_amount
    from closings
    group by lead_id
),

milestones as (
    select
        leads.lead_id,
        leads.created_at,
        leads.is_deleted,
        handoffs.handed_off_at,
        activities.first_response_at,
        decisions.accepted_at,
        activities.meeting_booked_at,
        activities.meeting_held_at,
        activities.last_meeting_held_at,
        deals.opportunity_at,
        deals.won_at,
        deals.lost_at,
        decisions.rejected_at,
        decisions.recycled_at,
        decisions.disqualified_at,
        decisions.last_handed_off_at,
        coalesce(decisions.last_stage, leads.status_stage) as last_stage,
        deals.opportunity_id,
        cast(deals.won_amount as decimal(18, 2)) as won_amount,
        coalesce(touches.touches, 0) as touches,
        touches.first_touch_at,
        touches.last_touch_at,
        touches.last_touch_before_handoff_at,
        touches.first_touch_source,
        touches.first_touch_campaign_id,
        touches.last_touch_source,
        touches.last_touch_campaign_id
    from leads
    left join handoffs on leads.lead_id = handoffs.lead_id
    left join decisions on leads.lead_id = decisions.lead_id
    left join activities on leads.lead_id = activities.lead_id
    left join deals on leads.lead_id = deals.lead_id
    left join touches on leads.lead_id = touches.lead_id
)

select
    lead_id,
    handed_off_at,
    first_response_at,
    accepted_at,
    meeting_booked_at,
    meeting_held_at,
    opportunity_at,
    won_at,
    lost_at,
    rejected_at,
    recycled_at,
    disqualified_at,
    opportunity_id,
    won_amount,
    touches,
    first_touch_at,
    first_touch_source,
    first_touch_campaign_id,
    last_touch_at,
    last_touch_source,
    last_touch_campaign_id,
    last_touch_before_handoff_at,
    case
        when is_deleted then 'deleted'
        when won_at is not null then 'won'
        when lost_at is not null then 'lost'
        when opportunity_at is not null then 'opportunity'
        when last_stage in ('rejected', 'recycled', 'disqualified') then last_stage
        when last_meeting_held_at >= coalesce(last_handed_off_at, last_meeting_held_at) then 'meeting'
        when last_stage in ('accepted', 'converted') then 'accepted'
        when last_stage = 'handed_off' then 'handed_off'
        when accepted_at is not null then 'accepted'
        when handed_off_at is not null then 'handed_off'
        else 'new'
    end as lifecycle_stage,
    nullif(concat_ws(
        ',',
        {%- for code, later, earlier in clock_defects %}
        case when {{ later }} < {{ earlier }} then '{{ code }}' end{{ ',' if not loop.last }}
        {%- endfor %}
    ), '') as clock_defects,
    {{ as_of() }} as _modelled_at
from milestones
