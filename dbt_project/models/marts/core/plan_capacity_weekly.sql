-- What each team can work in each week: people in force less those away, hours less holidays. As known before the week
-- began; a team that only came later counts as it first came, so that a missing line can be added, and never moved.
with capacity as (
    select
        *,
        -- A team is what an entry of this table is about, as a version is of the targets.
        team as plan_version
    from {{ ref('stg_plan__capacity') }}
    qualify {{ whole_snapshot() }}
),

absences as (
    select * from {{ ref('stg_plan__absences') }}
    qualify {{ in_latest_snapshot() }}
),

days as (
    select
        date_day,
        week_start,
        iso_week,
        coalesce(is_business_day, weekday <= 5) as is_open,
        {{ business_instant('cast(week_start as timestamp)') }} as week_begins_at
    from {{ ref('dim_date') }}
    where date_day <= {{ business_date(as_of()) }} + 98
),

usual as (
    select coalesce(nullif(count(*), 0), 5) as days_open
    from {{ ref('int_plan_business_hours') }}
),

weeks as (
    select
        week_start,
        min(week_begins_at) as week_begins_at
    from days
    group by week_start
),

known_lines as (
    select
        weeks.week_start,
        capacity.*
    from weeks
    cross join capacity
    qualify {{ as_known_before('weeks.week_begins_at', 'capacity', ['weeks.week_start']) }}
),

away as (
    select
        days.date_day,
        absences.team,
        sum(absences.people) as people
    from days
    inner join absences on days.date_day between absences.day_from and absences.day_to
    group by days.date_day, absences.team
),

-- A week without any open day still has its people, and no hours.
team_days as (
    select
        days.week_start,
        days.iso_week,
        lines.team,
        days.is_open,
        greatest(lines.people - coalesce(away.people, 0), 0) as people,
        lines.hours_per_week,
        lines.availability,
        lines.minutes_per_lead,
        lines.hourly_cost,
        lines.source_file,
        lines.source_line,
        bool_or(days.is_open) over (partition by days.week_start) as has_open_days
    from days
    inner join known_lines as lines
        on
            days.week_start = lines.week_start
            and days.date_day >= lines.valid_from
            and days.date_day <= coalesce(lines.valid_to, days.date_day)
    left join away on days.date_day = away.date_day and lines.team = away.team
)

select
    cast(team_days.week_start as date) as week_start,
    cast(team_days.iso_week as varchar) as iso_week,
    cast(team_days.team as varchar) as team,
    cast(avg(team_days.people) as double) as people,
    cast(avg(team_days.hours_per_week) * count(case when team_days.is_open then 1 end) / max(usual.days_open) as double)
        as hours_per_person,
    cast(avg(team_days.availability) as double) as availability,
    cast(avg(team_days.minutes_per_lead) as double) as minutes_per_lead,
    cast(avg(team_days.hourly_cost) as double) as hourly_cost,
    cast(max(team_days.source_file) as varchar) as source_file,
    cast(max(team_days.source_line) as bigint) as source_line
from team_days
cross join usual
where team_days.is_open or not team_days.has_open_days
group by team_days.week_start, team_days.iso_week, team_days.team
