select
    plan_version,
    source,
    segment,
    from_stage,
    to_stage,
    rate,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'stage_expectations') }}
where _landed_at <= {{ as_of() }}
