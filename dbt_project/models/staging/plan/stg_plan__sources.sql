select
    source,
    title,
    channel,
    is_paid,
    owner,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'sources') }}
where _landed_at <= {{ as_of() }}
