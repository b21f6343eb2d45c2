-- How the leads of each creation week were handled: ready or not, answered within the promise or late, and what came of
-- it so far. A lead counts by its first presentation; ready leads whose answer is not known count in neither mix.
with leads as (
    select
        leads.week_start,
        leads.source,
        leads.segment,
        leads.verdict,
        leads.handed_off_at,
        leads.accepted_at,
        leads.meeting_held_at,
        case
            when handoffs.business_minutes_to_response is not null
                then handoffs.business_minutes_to_response <= handoffs.respond_within_minutes
            when handoffs.is_breach then false
        end as is_answered_in_time
    from {{ ref('fct_leads') }} as leads
    left join {{ ref('fct_handoffs') }} as handoffs on leads.lead_id = handoffs.lead_id and handoffs.attempt_no = 1
    where leads.lifecycle_stage <> 'deleted'
),

mixed as (
    select
        *,
        case
            when verdict = 'ready' and is_answered_in_time then 'within_sla'
            when verdict = 'ready' and not is_answered_in_time then 'late'
        end as mix
    from leads
)

select
    cast(week_start as date) as week_start,
    cast(source as varchar) as source,
    cast(segment as varchar) as segment,
    cast(count(*) as bigint) as leads,
    cast(count(handed_off_at) as bigint) as handed_off,
    cast(count(case when verdict = 'ready' then 1 end) as bigint) as ready_leads,
    cast(count(case when verdict in ('ready', 'defective') then 1 end) as bigint) as judged_leads,
    cast(count(case when mix = 'within_sla' then 1 end) as bigint) as ready_within_sla,
    cast(count(case when mix = 'late' then 1 end) as bigint) as ready_late,
    cast(count(case when mix = 'within_sla' then meeting_held_at end) as bigint) as meetings_within_sla,
    cast(count(case when mix = 'late' then meeting_held_at end) as bigint) as meetings_late,
    cast(count(meeting_held_at) as bigint) as meetings
from mixed
group by week_start, source, segment
