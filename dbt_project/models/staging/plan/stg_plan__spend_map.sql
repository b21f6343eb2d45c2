select
    rule_id,
    priority,
    platform,
    account_id,
    campaign_id,
    campaign_name,
    utm_source,
    utm_medium,
    utm_campaign,
    source,
    maps_to_campaign,
    valid_from,
    valid_to,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'spend_map') }}
where _landed_at <= {{ as_of() }}
