with run as (
    select {{ week_start(business_date(as_of()) ~ ' - interval 1 day') }} as last_week
),

handoffs as (
    select
        *,
        case
            when outcome = 'open' then {{ week_start(business_date('next_offered_at')) }}
            else decided_week
        end as ended_week
    from {{ ref('fct_handoffs') }}
),

offered as (
    select
        week_start,
        source,
        segment,
        to_team as team,
        count(*) as handoffs,
        count(case when outcome <> 'open' then 1 end) as decided,
        count(case when outcome = 'accepted' then 1 end) as accepted,
        count(case when outcome in ('rejected', 'recycled') then 1 end) as returned,
        count(case when first_pass then 1 end) as passed_first,
        count(case when outcome <> 'open' and to_team_attempt_no = 1 then 1 end) as decided_first,
        count(case when is_on_time then 1 end) as on_time,
        count(is_on_time) as timed,
        count(case when is_in_full then 1 end) as in_full,
        count(is_in_full) as evaluated,
        count(case when is_on_time and is_in_full then 1 end) as on_time_in_full,
        count(case when is_on_time is not null and is_in_full is not null then 1 end) as judged,
        sum(defects) as defects,
        sum(criteria_evaluated) as opportunities_for_defect,
        percentile_cont(0.5) within group (order by business_minutes_to_response) as queue_minutes_p50,
        percentile_cont(0.9) within group (order by business_minutes_to_response) as queue_minutes_p90,
        count(clock_defects) as clock_defects,
        sum(defective_minutes) as defective_minutes,
        sum(lead_cost) as lead_cost,
        sum(time_cost) as time_cost,
        sum(repair_cost) as repair_cost,
        sum(late_cost) as late_cost,
        sum(cost_of_poor_quality) as cost_of_poor_quality
    from handoffs
    group by week_start, source, segment, to_team
),

ended as (
    select
        ended_week as week_start,
        source,
        segment,
        to_team as team,
        count(*) as ended
    from handoffs
    where ended_week is not null
    group by ended_week, source, segment, to_team
),

cells as (
    select
        source,
        segment,
        team,
        min(week_start) as first_week
    from offered
    group by source, segment, team
),

-- Every week from a cell's first offer on: work that waits is shown in weeks in which nothing happens.
cell_weeks as (
    select
        weeks.week_start,
        weeks.iso_week,
        cells.source,
        cells.segment,
        cells.team
    from cells
    cross join run
    inner join {{ ref('dim_date') }} as weeks
        on weeks.date_day = weeks.week_start and weeks.week_start between cells.first_week and run.last_week
),

flows as (
    select
        cell_weeks.*,
        offered.* exclude (week_start, source, segment, team),
        sum(coalesce(offered.handoffs, 0) - coalesce(ended.ended, 0)) over (
            partition by cell_weeks.source, cell_weeks.segment, cell_weeks.team order by cell_weeks.week_start
            rows between unbounded preceding and current row
        ) as wip
    from cell_weeks
    left join offered
        on
            cell_weeks.week_start = offered.week_start
            and cell_weeks.source = offered.source
            and cell_weeks.segment = offered.segment
            and cell_weeks.team = offered.team
    left join ended
        on
            cell_weeks.week_start = ended.week_start
            and cell_weeks.source = ended.source
            and cell_weeks.segment = ended.segment
            and cell_weeks.team = ended.team
)

select
    cast(week_start as date) as week_start,
    cast(iso_week as varchar) as iso_week,
    cast(source as varchar) as source,
    cast(segment as varchar) as segment,
    cast(team as varchar) as team,
    cast(coalesce(handoffs, 0) as bigint) as handoffs,
    cast(coalesce(decided, 0) as bigint) as decided,
    cast(coalesce(accepted, 0) as bigint) as accepted,
    cast(coalesce(returned, 0) as bigint) as returned,
    cast(passed_first / nullif(decided_first, 0) as double) as first_pass_yield,
    cast(case when timed > 0 then on_time end as bigint) as on_time,
    cast(case when evaluated > 0 then in_full end as bigint) as in_full,
    cast(on_time_in_full / nullif(judged, 0) as double) as otif,
    cast(defects as bigint) as defects,
    cast(opportunities_for_defect as bigint) as opportunities_for_defect,
    cast(1000000.0 * defects / nullif(opportunities_for_defect, 0) as double) as dpmo,
    cast(
        cast(in_full as double) * on_time * passed_first
        / nullif(cast(evaluated as double) * timed * decided_first, 0) as double
    ) as rolled_throughput_yield,
    cast(returned / nullif(decided, 0) as double) as return_rate,
    cast(queue_minutes_p50 as double) as queue_minutes_p50,
    cast(queue_minutes_p90 as double) as queue_minutes_p90,
    cast(coalesce(clock_defects, 0) as bigint) as clock_defects,
    cast(wip as bigint) as wip,
    cast(round(defective_minutes, 6) as double) as defective_minutes,
    cast(lead_cost as decimal(18, 2)) as lead_cost,
    cast(time_cost as decimal(18, 2)) as time_cost,
    cast(repair_cost as decimal(18, 2)) as repair_cost,
    cast(late_cost as decimal(18, 2)) as late_cost,
    cast(cost_of_poor_quality as decimal(18, 2)) as cost_of_poor_quality
from flows
where handoffs > 0 or wip > 0
