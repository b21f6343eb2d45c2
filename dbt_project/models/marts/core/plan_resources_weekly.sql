-- The hours that the plan in force gives each tactic in each team.
with resources as (
    select * from {{ ref('stg_plan__resources') }}
    qualify {{ in_latest_snapshot() }}
)

select
    cast(targets.week_start as date) as week_start,
    cast(targets.plan_version as varchar) as plan_version,
    cast(resources.team as varchar) as team,
    cast(targets.source as varchar) as source,
    cast(targets.segment as varchar) as segment,
    cast(resources.hours_per_week as double) as hours_per_week
from {{ ref('plan_targets_weekly') }} as targets
inner join resources
    on
        targets.plan_version = resources.plan_version
        and targets.source = resources.source
        and targets.segment = resources.segment
