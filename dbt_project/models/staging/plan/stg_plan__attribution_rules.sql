select
    model,
    valid_from,
    valid_to,
    window_days,
    days_after,
    excluded_channels,
    tie_break,
    first_weight,
    last_weight,
    half_life_days,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'attribution_rules') }}
where _landed_at <= {{ as_of() }}
