select
    segment,
    title,
    min_employees,
    max_employees,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__segments') }}
qualify {{ in_latest_snapshot() }}
