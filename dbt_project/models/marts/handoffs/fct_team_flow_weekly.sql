-- Each team's work: what was offered to it, what it ended, what waits, and the hours of both at the plan's minutes.
with offered as (
    select
        week_start,
        to_team as team,
        source,
        segment,
        count(case when verdict = 'ready' then 1 end) as ready_offered
    from {{ ref('fct_handoffs') }}
    group by week_start, to_team, source, segment
),

ended as (
    select
        coalesce(decided_week, greatest({{ week_start(business_date('next_offered_at')) }}, week_start)) as week_start,
        to_team as team,
        source,
        segment,
        -- Decimals add up to the same in any order of the rows.
        sum(cast({{ elapsed_days('offered_at', 'coalesce(decided_at, next_offered_at)') }} as decimal(18, 9))) / 7.0
            as weeks_in_stage
    from {{ ref('fct_handoffs') }}
    where outcome <> 'open' or next_offered_at is not null
    group by all
),

daily as (
    select
        to_team as team,
        offered_date,
        count(*) as offers
    from {{ ref('fct_handoffs') }}
    group by to_team, offered_date
),

team_weeks as (
    select
        week_start,
        team
    from {{ ref('fct_handoffs_weekly') }}
    group by week_start, team
),

-- Variance over mean of offers a day, over four weeks: the squared variation of arrivals, 1 for a Poisson stream.
bursts as (
    select
        weeks.week_start,
        weeks.team,
        var_samp(coalesce(daily.offers, 0)) / nullif(avg(coalesce(daily.offers, 0)), 0) as arrival_scv
    from team_weeks as weeks
    inner join {{ ref('dim_date') }} as days
        on days.date_day between weeks.week_start - 21 and weeks.week_start + 6 and days.is_business_day
    left join daily on weeks.team = daily.team and days.date_day = daily.offered_date
    group by weeks.week_start, weeks.team
),

flows as (
    select
        weekly.week_start,
        weekly.iso_week,
        weekly.team,
        weekly.source,
        weekly.segment,
        weekly.handoffs,
        weekly.wip,
        weekly.cost_of_poor_quality,
        coalesce(offered.ready_offered, 0) as ready_offered,
        -- What ended is what was there and came, less what is left; a gap in the weeks means that nothing was left.
        coalesce(
            case
                when lag(weekly.week_start) over earlier = weekly.week_start - 7 then lag(weekly.wip) over earlier
            end,
            0
        ) as wip_before,
        ended.weeks_in_stage,
        -- A segment that the plan does not know takes what the team's leads take.
        coalesce(service.minutes_per_lead, capacity.minutes_per_lead) as minutes_per_lead,
        service.respond_within_minutes
    from {{ ref('fct_handoffs_weekly') }} as weekly
    left join offered
        on
            weekly.week_start = offered.week_start
            and weekly.team = offered.team
            and weekly.source = offered.source
            and weekly.segment = offered.segment
    left join ended
        on
            weekly.week_start = ended.week_start
            and weekly.team = ended.team
            and weekly.source = ended.source
            and weekly.segment = ended.segment
    left join {{ ref('plan_service_weekly') }} as service
        on weekly.week_start = service.week_start and weekly.team = service.team and weekly.segment = service.segment
    left join {{ ref('plan_capacity_weekly') }} as capacity
        on weekly.week_start = capacity.week_start and weekly.team = capacity.team
    window earlier as (
        partition by weekly.team, weekly.source, weekly.segment order by weekly.week_start
    )
)

select
    cast(flows.week_start as date) as week_start,
    cast(flows.iso_week as varchar) as iso_week,
    cast(flows.team as varchar) as team,
    cast(flows.source as varchar) as source,
    cast(flows.segment as varchar) as segment,
    cast(flows.handoffs as bigint) as offered,
    cast(flows.ready_offered as bigint) as ready_offered,
    cast(flows.wip_before + flows.handoffs - flows.wip as bigint) as served,
    cast(flows.wip as bigint) as wip,
    cast(round(flows.weeks_in_stage, 6) as double) as weeks_in_stage,
    cast(flows.minutes_per_lead as double) as minutes_per_lead,
    cast(flows.handoffs * flows.minutes_per_lead / 60 as double) as offered_hours,
    cast((flows.wip_before + flows.handoffs - flows.wip) * flows.minutes_per_lead / 60 as double) as served_hours,
    cast(flows.respond_within_minutes as bigint) as respond_within_minutes,
    cast(round(bursts.arrival_scv, 6) as double) as arrival_scv,
    cast(flows.cost_of_poor_quality as decimal(18, 2)) as cost_of_poor_quality
from flows
left join bursts on flows.week_start = bursts.week_start and flows.team = bursts.team
