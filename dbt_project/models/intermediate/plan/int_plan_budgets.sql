select
    plan_version,
    month,
    source,
    segment,
    budget,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__budgets') }}
qualify {{ in_latest_snapshot() }}
