select
    policy,
    from_team,
    to_team,
    segment,
    valid_from,
    valid_to,
    respond_within_minutes,
    decide_within_minutes,
    late_cost,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__sla_policy') }}
qualify {{ in_latest_snapshot() }}
