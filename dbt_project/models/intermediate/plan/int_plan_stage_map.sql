select
    system,
    object,
    source_value,
    {{ lookup('source_value') }} as lookup_value,
    stage,
    stage_order,
    coalesce(is_closed, false) as is_closed,
    coalesce(is_won, false) as is_won,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__stage_map') }}
qualify
    {{ in_latest_snapshot() }}
    and row_number() over (
        partition by _landed_at, snapshot, system, object, {{ lookup('source_value') }} order by source_value
    ) = 1
