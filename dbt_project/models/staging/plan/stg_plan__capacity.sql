select
    team,
    valid_from,
    valid_to,
    people,
    hours_per_week,
    availability,
    minutes_per_lead,
    hourly_cost,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'capacity') }}
where _landed_at <= {{ as_of() }}
