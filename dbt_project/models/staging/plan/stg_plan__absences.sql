select
    team,
    day_from,
    day_to,
    people,
    title,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'absences') }}
where _landed_at <= {{ as_of() }}
