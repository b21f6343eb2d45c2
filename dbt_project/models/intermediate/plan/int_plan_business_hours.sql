select
    weekday,
    opens,
    closes,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__business_hours') }}
qualify {{ in_latest_snapshot() }}
