select
    system,
    source_value,
    source,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'source_map') }}
where _landed_at <= {{ as_of() }}
