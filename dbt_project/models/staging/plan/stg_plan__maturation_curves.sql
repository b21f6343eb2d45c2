select
    segment,
    from_stage,
    to_stage,
    valid_from,
    valid_to,
    age_weeks,
    share,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'maturation_curves') }}
where _landed_at <= {{ as_of() }}
