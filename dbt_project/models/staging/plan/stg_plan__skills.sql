select
    team,
    segment,
    valid_from,
    valid_to,
    people,
    minutes_per_lead,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'skills') }}
where _landed_at <= {{ as_of() }}
