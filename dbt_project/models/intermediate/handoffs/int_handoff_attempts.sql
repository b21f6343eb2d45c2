{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_handoff_leads'}) }}

with changed_users as (
    select users.user_id
    from {{ ref('int_users') }} as users
    where {{ is_new('users') }}
),

changed_leads as (
    select leads.lead_id
    from {{ ref('int_leads') }} as leads
    where {{ is_new('leads') }}
    union
    {{ leads_changed_in('int_lead_events') }}
    union
    {{ leads_changed_in('int_activities') }}
    union
    select events.lead_id
    from {{ ref('int_lead_events') }} as events
    where events.to_value in (select changed_users.user_id from changed_users)
    union
    select activities.lead_id
    from {{ ref('int_activities') }} as activities
    where activities.owner_id in (select changed_users.user_id from changed_users)
),

leads as (
    select
        leads.lead_id,
        leads.owner_id
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_handoff_leads') }} as offered on leads.lead_id = offered.lead_id
    where leads.lead_id in (select changed_leads.lead_id from changed_leads)
),

user_versions as (
    select
        user_id,
        lower(team) as team,
        valid_from,
        coalesce(valid_to, timestamp '9999-12-31 00:00:00') as valid_to
    from {{ ref('int_users') }}
),

-- Within one instant: what the lead came from stands before the offer, the receiver's decision after it.
status_events as (
    select
        events.*,
        events.to_stage = 'handed_off' as is_offer,
        case events.to_stage
            when 'accepted' then 'accepted'
            when 'converted' then 'accepted'
            when 'rejected' then 'rejected'
            when 'recycled' then 'recycled'
            when 'nurture' then 'recycled'
            when 'disqualified' then 'disqualified'
        end as decision,
        case
            when events.to_stage <> 'handed_off' then 1
            when events.from_stage in ('accepted', 'rejected', 'recycled', 'disqualified', 'converted') then 2
            else 0
        end as rank_in_instant
    from {{ ref('int_lead_events') }} as events
    inner join leads on events.lead_id = leads.lead_id
    where events.event_type = 'status'
),

numbered_events as (
    select
        status_events.*,
        row_number() over in_order as sequence_no,
        sum(case when is_offer then 1 else 0 end) over in_order as attempt_no,
        lag(decision) over in_order as previous_decision,
        lag(event_at) over in_order as previous_event_at,
        lag(reason_code) over in_order as previous_reason_code,
        lag(reason_category) over in_order as previous_reason_category
    from status_events
    window in_order as (
        partition by lead_id order by event_at, rank_in_instant, event_id
        rows between unbounded preceding and current row
    )
),

offers as (
    select
        event_id as handoff_id,
        lead_id,
        attempt_no,
        event_at as offered_at,
        actor_id,
        previous_decision,
        previous_event_at,
        previous_reason_code,
        previous_reason_category,
        source_file,
        source_line,
        lag(event_at) over (partition by lead_id order by attempt_no) as previous_offered_at,
        lead(event_at) over (partition by lead_id order by attempt_no) as next_offered_at
    from numbered_events
    where is_offer
),

decisions as (
    select
        lead_id,
        attempt_no,
        decision,
        event_at as decided_at,
        reason_code,
        reason_category
    from numbered_events
    where decision is not null and attempt_no > 0
    qualify row_number() over (partition by lead_id, attempt_no order by sequence_no) = 1
),

decided_offers as (
    select
        offers.*,
        decisions.decision,
        decisions.decided_at,
        decisions.reason_code,
        decisions.reason_category
    from offers
    left join decisions
        on offers.lead_id = decisions.lead_id and offers.attempt_no = decisions.attempt_no
),

owner_events as (
    select
        events.lead_id,
        events.event_id,
        events.event_at,
        events.from_value as from_owner_id,
        events.to_value as to_owner_id
    from {{ ref('int_lead_events') }} as events
    inner join leads on events.lead_id = leads.lead_id
    where events.event_type = 'owner'
),

-- The receiver: who was assigned for this offer, else who took it before deciding, else who held the lead already.
assignments as (
    select
        offers.handoff_id,
        owner_events.from_owner_id,
        owner_events.to_owner_id
    from decided_offers as offers
    inner join owner_events
        on
            offers.lead_id = owner_events.lead_id
            and (
                owner_events.event_at <= offers.offered_at
                or owner_events.event_at < coalesce(
                    offers.decided_at, offers.next_offered_at, timestamp '9999-12-31 00:00:00'
                )
            )
    qualify row_number() over (
        partition by offers.handoff_id
        order by
            case
                when owner_events.event_at > offers.offered_at then 2
                when owner_events.event_at <= offers.previous_offered_at then 3
                else 1
            end,
            case when owner_events.event_at <= offers.offered_at then owner_events.event_at end desc nulls last,
            owner_events.event_at,
            owner_events.event_id desc
    ) = 1
),

first_owner_events as (
    select
        lead_id,
        from_owner_id
    from owner_events
    qualify row_number() over (partition by lead_id order by event_at, event_id) = 1
),

-- The lead's owner of today only speaks for the offer when the owner never changed.
received_offers as (
    select
        offers.*,
        assignments.from_owner_id as assigned_from,
        case
            when assignments.handoff_id is not null then assignments.to_owner_id
            when first_owner_events.lead_id is not null then first_owner_events.from_owner_id
            else leads.owner_id
        end as to_owner_id
    from decided_offers as offers
    inner join leads on offers.lead_id = leads.lead_id
    left join assignments on offers.handoff_id = assignments.handoff_id
    left join first_owner_events on offers.lead_id = first_owner_events.lead_id
),

team_offers as (
    select
        offers.*,
        case when receivers.team = 'ae' then 'ae' else 'sdr' end as to_team
    from received_offers as offers
    left join user_versions as receivers
        on
            offers.to_owner_id = receivers.user_id
            and receivers.valid_from <= offers.offered_at
            and receivers.valid_to > offers.offered_at
),

attempts as (
    select
        offers.*,
        row_number() over (partition by lead_id, to_team order by attempt_no) as to_team_attempt_no,
        lag(to_owner_id) over (partition by lead_id order by attempt_no) as previous_to_owner_id
    from team_offers as offers
),

team_activities as (
    select
        activities.lead_id,
        activities.occurred_at,
        activities.owner_id,
        actors.team
    from {{ ref('int_activities') }} as activities
    inner join leads on activities.lead_id = leads.lead_id
    left join user_versions as actors
        on
            activities.owner_id = actors.user_id
            and actors.valid_from <= activities.occurred_at
            and actors.valid_to > activities.occurred_at
    where activities.owner_id is not null and {{ is_contact('activities.activity_type') }}
),

-- A response dated up to a day before a team's first offer is a wrong clock; older contact is another story.
responses as (
    select
        attempts.handoff_id,
        min(case when activities.occurred_at >= attempts.offered_at then activities.occurred_at end) as responded_at,
        max(case when activities.occurred_at < attempts.offered_at then activities.occurred_at end) as early_at
    from attempts
    inner join team_activities as activities
        on
            attempts.lead_id = activities.lead_id
            and (attempts.to_owner_id = activities.owner_id or attempts.to_team = activities.team)
            and (attempts.next_offered_at is null or attempts.next_offered_at > activities.occurred_at)
            and (
                activities.occurred_at >= attempts.offered_at
                or (
                    attempts.to_team_attempt_no = 1
                    and activities.occurred_at >= attempts.offered_at - interval 1 day
                )
            )
    group by attempts.handoff_id
),

clocked as (
    select
        attempts.*,
        responses.responded_at,
        responses.early_at,
        responses.responded_at is null and responses.early_at is not null as is_response_early,
        attempts.decision is null
        and attempts.attempt_no = 1
        and attempts.to_team = 'sdr'
        and attempts.previous_decision in ('accepted', 'rejected')
        and attempts.previous_event_at >= attempts.offered_at - interval 1 day as is_decision_early
    from attempts
    left join responses on attempts.handoff_id = responses.handoff_id
)

select
    cast(handoff_id as varchar) as handoff_id,
    cast(lead_id as varchar) as lead_id,
    cast(attempt_no as bigint) as attempt_no,
    cast(to_team_attempt_no as bigint) as to_team_attempt_no,
    cast(case when to_team = 'ae' then 'sdr' else 'marketing' end as varchar) as from_team,
    cast(
        case when to_team = 'ae' then coalesce(assigned_from, previous_to_owner_id, actor_id) else actor_id end
        as varchar
    ) as from_owner_id,
    cast(to_team as varchar) as to_team,
    cast(to_owner_id as varchar) as to_owner_id,
    cast(offered_at as timestamp) as offered_at,
    cast(next_offered_at as timestamp) as next_offered_at,
    cast(coalesce(responded_at, early_at) as timestamp) as first_response_at,
    cast(case when is_decision_early then previous_event_at else decided_at end as timestamp) as decided_at,
    cast(
        case when is_decision_early then previous_decision else coalesce(decision, 'open') end as varchar
    ) as outcome,
    cast(case when is_decision_early then previous_reason_code else reason_code end as varchar) as reason_code,
    cast(
        case when is_decision_early then previous_reason_category else reason_category end as varchar
    ) as reason_category,
    cast(
        nullif(
            concat_ws(
                ',',
                case when is_decision_early then 'decision_before_offer' end,
                case when is_response_early then 'response_before_offer' end
            ),
            ''
        ) as varchar
    ) as clock_defects,
    cast(source_file as varchar) as source_file,
    cast(source_line as bigint) as source_line,
    {{ as_of() }} as _modelled_at
from clocked
