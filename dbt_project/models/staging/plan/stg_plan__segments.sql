select
    segment,
    title,
    min_employees,
    max_employees,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'segments') }}
where _landed_at <= {{ as_of() }}
