select
    cast(signal as varchar) as signal,
    cast(owner as varchar) as owner,
    cast(controller as varchar) as controller,
    cast(escalate_to as varchar) as escalate_to,
    cast(due_days as bigint) as due_days,
    cast(outcome_metric as varchar) as outcome_metric,
    cast(outcome_target as double) as outcome_target,
    cast(confirm_weeks as bigint) as confirm_weeks
from {{ ref('stg_plan__action_policy') }}
qualify {{ in_latest_snapshot() }}
