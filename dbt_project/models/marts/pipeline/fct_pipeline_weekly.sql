with run as (
    select
        {{ as_of() }} as as_of,
        {{ week_start(business_date(as_of()) ~ ' - interval 1 day') }} as last_week
),

visits as (
    select
        visits.*,
        {{ week_start(business_date('visits.entered_at')) }} as entry_week,
        {{ week_start(business_date('visits.exited_at')) }} as exit_week
    from {{ ref('fct_stage_visits') }} as visits
    where not visits.is_closed and not visits.is_deleted
),

entries as (
    select
        visits.entry_week as week_start,
        visits.stage,
        visits.segment,
        count(*) as entries
    from visits
    cross join run
    where visits.entered_at <= run.as_of
    group by visits.entry_week, visits.stage, visits.segment
),

exits as (
    select
        visits.exit_week as week_start,
        visits.stage,
        visits.segment,
        count(*) as exits,
        count(case when visits.is_advance then 1 end) as advances,
        count(case when visits.has_clock_defect then 1 end) as clock_defects,
        percentile_cont(0.5) within group (order by visits.dwell_days) as dwell_days_p50,
        -- Decimals add up to the same in any order of the rows.
        sum(cast(visits.dwell_days as decimal(18, 9))) as dwell_days_total,
        count(visits.dwell_days) as dwells
    from visits
    cross join run
    where visits.exited_at <= run.as_of
    group by visits.exit_week, visits.stage, visits.segment
),

cells as (
    select
        visits.stage,
        visits.segment,
        max(visits.stage_order) as stage_order,
        min(visits.entry_week) as first_week
    from visits
    group by visits.stage, visits.segment
),

-- Every week from a cell's first entry on: work in a stage is shown in weeks in which nothing moves.
cell_weeks as (
    select
        weeks.week_start,
        weeks.iso_week,
        cells.stage,
        cells.stage_order,
        cells.segment,
        run.as_of >= {{ business_instant("weeks.week_start + interval 7 day") }} as is_over
    from cells
    cross join run
    inner join {{ ref('dim_date') }} as weeks
        on weeks.date_day = weeks.week_start and weeks.week_start between cells.first_week and run.last_week
),

flows as (
    select
        cell_weeks.*,
        coalesce(entries.entries, 0) as entries,
        coalesce(exits.exits, 0) as exits,
        coalesce(exits.advances, 0) as advances,
        coalesce(exits.clock_defects, 0) as clock_defects,
        exits.dwell_days_p50,
        coalesce(exits.dwell_days_total, 0) as dwell_days_total,
        coalesce(exits.dwells, 0) as dwells
    from cell_weeks
    left join entries
        on
            cell_weeks.week_start = entries.week_start
            and cell_weeks.stage = entries.stage
            and cell_weeks.segment = entries.segment
    left join exits
        on
            cell_weeks.week_start = exits.week_start
            and cell_weeks.stage = exits.stage
            and cell_weeks.segment = exits.segment
),

stocks as (
    select
        flows.*,
        sum(entries - exits) over (
            partition by stage, segment order by week_start rows between unbounded preceding and current row
        ) as wip_at_close
    from flows
),

-- Little's law over four whole weeks: arrivals a week times weeks in the stage, against the work in progress.
-- Rounded, because the order of a parallel sum of doubles must not show in a mart.
windows as (
    select
        stocks.*,
        case when is_over and count(*) over four_weeks = 4 then avg(entries) over four_weeks end as arrivals_per_week,
        round(sum(dwell_days_total) over four_weeks / nullif(sum(dwells) over four_weeks, 0) / 7, 6) as weeks_in_stage,
        avg(wip_at_close) over four_weeks as mean_wip
    from stocks
    window four_weeks as (partition by stage, segment order by week_start rows between 3 preceding and current row)
)

select
    cast(week_start as date) as week_start,
    cast(iso_week as varchar) as iso_week,
    cast(stage as varchar) as stage,
    cast(stage_order as bigint) as stage_order,
    cast(segment as varchar) as segment,
    cast(entries as bigint) as entries,
    cast(exits as bigint) as exits,
    cast(wip_at_close as bigint) as wip_at_close,
    cast(advances / nullif(exits, 0) as double) as conversion,
    cast(dwell_days_p50 as double) as dwell_days_p50,
    cast(clock_defects as bigint) as clock_defects,
    cast(advances as bigint) as throughput,
    cast(arrivals_per_week * weeks_in_stage as double) as expected_wip,
    cast(round((mean_wip - arrivals_per_week * weeks_in_stage) / nullif(mean_wip, 0), 6) as double) as littles_law_gap
from windows
where entries > 0 or exits > 0 or wip_at_close > 0
