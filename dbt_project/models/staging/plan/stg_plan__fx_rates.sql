select
    currency,
    valid_from,
    rate,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'fx_rates') }}
where _landed_at <= {{ as_of() }}
