select
    audience,
    owner,
    channel,
    address,
    gets,
    daily,
    weekly,
    review,
    personal_data,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'audiences') }}
where _landed_at <= {{ as_of() }}
