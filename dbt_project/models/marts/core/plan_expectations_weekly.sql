-- The shares of steps that the targets do not state, per tactic of the plan in force; the most specific line holds.
with expectations as (
    select * from {{ ref('stg_plan__stage_expectations') }}
    qualify {{ in_latest_snapshot() }}
)

select
    cast(targets.week_start as date) as week_start,
    cast(targets.source as varchar) as source,
    cast(targets.segment as varchar) as segment,
    cast(expectations.from_stage as varchar) as from_stage,
    cast(expectations.to_stage as varchar) as to_stage,
    cast(expectations.rate as double) as rate
from {{ ref('plan_targets_weekly') }} as targets
inner join expectations
    on
        targets.plan_version = expectations.plan_version
        and expectations.source in (targets.source, 'all')
        and expectations.segment in (targets.segment, 'all')
qualify row_number() over (
    partition by targets.week_start, targets.source, targets.segment, expectations.from_stage, expectations.to_stage
    order by
        case when expectations.source = 'all' then 1 else 0 end,
        case when expectations.segment = 'all' then 1 else 0 end
) = 1
