select
    audience,
    owner,
    channel,
    address,
    gets,
    daily,
    weekly,
    review,
    personal_data,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__audiences') }}
qualify {{ in_latest_snapshot() }}
