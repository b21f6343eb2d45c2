select
    'ads' as system,
    spend_date,
    platform,
    account_id,
    campaign_id,
    campaign_name,
    impressions,
    clicks,
    cost,
    currency,
    cast(null as varchar) as account_time_zone,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('ads', 'ad_spend') }}
where _landed_at <= {{ as_of() }}
