select
    system,
    object,
    source_value,
    stage,
    stage_order,
    is_closed,
    is_won,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'stage_map') }}
where _landed_at <= {{ as_of() }}
