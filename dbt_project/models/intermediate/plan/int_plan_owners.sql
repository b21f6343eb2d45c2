select
    owner,
    title,
    email,
    channel,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__owners') }}
qualify {{ in_latest_snapshot() }}
