select
    setting,
    valid_from,
    valid_to,
    value,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'control_policy') }}
where _landed_at <= {{ as_of() }}
