select
    reason_code,
    title,
    category,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__reasons') }}
qualify {{ in_latest_snapshot() }}
