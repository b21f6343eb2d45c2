select
    system,
    source_value,
    {{ lookup('source_value') }} as lookup_value,
    source,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__source_map') }}
qualify
    {{ in_latest_snapshot() }}
    and row_number() over (partition by _landed_at, snapshot, system, {{ lookup('source_value') }} order by source_value) = 1
