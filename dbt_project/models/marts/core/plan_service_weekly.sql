-- The time that a lead of each segment takes a team, and the time in which the team promised to respond. A segment that
-- no skill line names takes what the team's leads take; a promise to 'all' holds for segments without their own.
with weeks as (
    select distinct
        week_start,
        week_start + 6 as week_end
    from {{ ref('plan_capacity_weekly') }}
),

teams as (
    select distinct team from {{ ref('plan_capacity_weekly') }}
    union
    select distinct to_team as team from {{ ref('int_plan_sla_policy') }}
),

cells as (
    select
        weeks.week_start,
        weeks.week_end,
        teams.team,
        segments.segment
    from weeks
    cross join teams
    cross join {{ ref('int_plan_segments') }} as segments
),

skills as (
    select * from {{ ref('stg_plan__skills') }}
    qualify {{ in_latest_snapshot() }}
),

skilled as (
    select
        cells.week_start,
        cells.team,
        cells.segment,
        max_by(skills.people, skills.valid_from) as people,
        max_by(skills.minutes_per_lead, skills.valid_from) as minutes_per_lead
    from cells
    inner join skills
        on
            cells.team = skills.team
            and cells.segment = skills.segment
            and cells.week_end >= skills.valid_from
            and cells.week_start <= coalesce(skills.valid_to, cells.week_start)
    group by cells.week_start, cells.team, cells.segment
),

promised as (
    select
        cells.week_start,
        cells.team,
        cells.segment,
        sla_policy.respond_within_minutes
    from cells
    inner join {{ ref('int_plan_sla_policy') }} as sla_policy
        on
            cells.team = sla_policy.to_team
            and (cells.segment = sla_policy.segment or sla_policy.segment = 'all')
            and cells.week_end >= sla_policy.valid_from
            and cells.week_start <= coalesce(sla_policy.valid_to, cells.week_start)
    qualify row_number() over (
        partition by cells.week_start, cells.team, cells.segment
        order by
            case when sla_policy.segment = 'all' then 1 else 0 end,
            sla_policy.valid_from desc,
            sla_policy.respond_within_minutes
    ) = 1
)

select
    cast(cells.week_start as date) as week_start,
    cast(cells.team as varchar) as team,
    cast(cells.segment as varchar) as segment,
    cast(coalesce(skilled.people, capacity.people) as double) as skilled_people,
    cast(coalesce(skilled.minutes_per_lead, capacity.minutes_per_lead) as double) as minutes_per_lead,
    cast(promised.respond_within_minutes as bigint) as respond_within_minutes
from cells
left join {{ ref('plan_capacity_weekly') }} as capacity
    on cells.week_start = capacity.week_start and cells.team = capacity.team
left join skilled
    on cells.week_start = skilled.week_start and cells.team = skilled.team and cells.segment = skilled.segment
left join promised
    on cells.week_start = promised.week_start and cells.team = promised.team and cells.segment = promised.segment
