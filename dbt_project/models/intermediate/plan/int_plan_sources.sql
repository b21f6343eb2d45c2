select
    source,
    title,
    channel,
    is_paid,
    owner,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__sources') }}
qualify {{ in_latest_snapshot() }}
