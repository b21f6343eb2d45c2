select
    team,
    valid_from,
    valid_to,
    people,
    hours_per_week,
    availability,
    minutes_per_lead,
    hourly_cost,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__capacity') }}
qualify {{ in_latest_snapshot() }}
