select
    'web' as system,
    touch_id,
    occurred_at,
    visitor_id,
    lead_id,
    touch_type,
    lead_source,
    campaign_id,
    utm_source,
    utm_medium,
    utm_campaign,
    page,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('web', 'web_touches') }}
where _landed_at <= {{ as_of() }}
