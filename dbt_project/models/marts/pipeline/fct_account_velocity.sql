with run as (
    select
        {{ as_of() }} as as_of,
        {{ week_start(business_date(as_of()) ~ ' - interval 1 day') }} as this_week,
        {{ business_instant(week_start(business_date(as_of()) ~ ' - interval 1 day') ~ ' + interval 7 day') }}
            as next_week_at
),

visits as (
    select
        visits.*,
        {{ week_start(business_date('visits.exited_at')) }} as exit_week
    from {{ ref('fct_stage_visits') }} as visits
    where not visits.is_deleted
),

peer_dwells as (
    select
        segment,
        stage,
        dwell_days,
        count(*) as visits,
        count(case when not is_censored then 1 end) as exits
    from visits
    where not is_closed and dwell_days is not null
    group by segment, stage, dwell_days
),

at_risk as (
    select
        peer_dwells.*,
        sum(visits) over (
            partition by segment, stage order by dwell_days desc rows between unbounded preceding and current row
        ) as still_there
    from peer_dwells
),

-- Doubles are rounded where they are summed: the order of a parallel sum must not show in a mart.
-- Kaplan-Meier by stage and segment, an open visit being censored at its dwell so far: medians of completed visits
-- alone would call every slow deal slow because the slow ones are not completed yet.
survival as (
    select
        segment,
        stage,
        dwell_days,
        sum(exits) over (partition by segment, stage) as peer_exits,
        case
            when max(case when exits = still_there then 1 else 0 end) over up_to_here = 1 then 0.0
            else exp(sum(case when exits < still_there then ln(1.0 - exits / still_there) else 0.0 end) over up_to_here)
        end as still_in_stage
    from at_risk
    window up_to_here as (
        partition by segment, stage order by dwell_days rows between unbounded preceding and current row
    )
),

peer_medians as (
    select
        segment,
        stage,
        min(case when round(still_in_stage, 6) <= 0.5 then dwell_days end) as median_days
    from survival
    group by segment, stage
),

open_visits as (
    select
        visits.account_id,
        visits.opportunity_id,
        visits.segment,
        visits.stage,
        visits.entered_at,
        visits.dwell_days,
        survival.peer_exits,
        case when survival.peer_exits > 0 then round(1 - survival.still_in_stage, 6) end as dwell_percentile,
        peer_medians.median_days,
        count(*) over (partition by visits.account_id) as open_opportunities
    from visits
    left join survival
        on
            visits.segment = survival.segment
            and visits.stage = survival.stage
            and visits.dwell_days = survival.dwell_days
    left join peer_medians on visits.segment = peer_medians.segment and visits.stage = peer_medians.stage
    where visits.is_censored
),

slowest_visits as (
    select *
    from open_visits
    qualify row_number() over (
        partition by account_id order by dwell_percentile desc nulls last, entered_at, opportunity_id
    ) = 1
),

-- Due this week: a visit open in it that has lasted the peers' median by its end, whether it was left in time or not.
movements as (
    select
        visits.account_id,
        max_by(visits.segment, visits.entered_at) as segment,
        count(distinct visits.opportunity_id) as opportunities,
        count(case when visits.exited_at is not null then visits.dwell_days end) as steps,
        sum(case when visits.exited_at is not null then visits.dwell_days end) as step_days,
        bool_or(coalesce(visits.is_advance, false) and visits.exit_week = run.this_week) as has_advanced,
        bool_or(
            case
                when visits.is_closed or visits.has_clock_defect then null
                when visits.is_censored or visits.exit_week = run.this_week
                    then {{ elapsed_days('visits.entered_at', 'run.next_week_at') }} >= peer_medians.median_days
            end
        ) as is_due_to_advance
    from visits
    cross join run
    left join peer_medians on visits.segment = peer_medians.segment and visits.stage = peer_medians.stage
    where visits.account_id is not null
    group by visits.account_id
)

select
    cast(movements.account_id as varchar) as account_id,
    cast(coalesce(slowest_visits.segment, movements.segment) as varchar) as segment,
    cast(movements.opportunities as bigint) as opportunities,
    cast(coalesce(slowest_visits.open_opportunities, 0) as bigint) as open_opportunities,
    cast(movements.steps as bigint) as steps,
    cast(round(movements.step_days / nullif(movements.steps, 0), 6) as double) as days_per_step,
    cast(slowest_visits.opportunity_id as varchar) as opportunity_id,
    cast(slowest_visits.stage as varchar) as stage,
    cast(slowest_visits.entered_at as timestamp) as entered_at,
    cast(slowest_visits.dwell_days as double) as dwell_days,
    cast(slowest_visits.peer_exits as bigint) as peer_exits,
    cast(slowest_visits.median_days as double) as peer_median_days,
    cast(slowest_visits.dwell_percentile as double) as dwell_percentile,
    cast(slowest_visits.dwell_percentile > 0.85 as boolean) as is_stalled,
    cast(movements.is_due_to_advance as boolean) as is_due_to_advance,
    cast(movements.has_advanced as boolean) as has_advanced,
    cast(run.as_of as timestamp) as as_of
from movements
cross join run
left join slowest_visits on movements.account_id = slowest_visits.account_id
