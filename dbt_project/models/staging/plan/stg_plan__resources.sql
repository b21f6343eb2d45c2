select
    plan_version,
    source,
    segment,
    team,
    hours_per_week,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'resources') }}
where _landed_at <= {{ as_of() }}
