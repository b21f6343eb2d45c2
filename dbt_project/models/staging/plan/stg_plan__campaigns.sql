select
    campaign_id,
    campaign_name,
    source,
    segment,
    platform,
    owner,
    valid_from,
    valid_to,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'campaigns') }}
where _landed_at <= {{ as_of() }}
