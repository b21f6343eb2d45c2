{{ config(
    materialized='incremental',
    unique_key='platform, account_id, campaign_id, spend_date, currency',
    meta={'lives_in': 'int_ad_spend'}
) }}

select
    platform,
    account_id,
    campaign_id,
    campaign_name,
    spend_date,
    week_start,
    impressions,
    clicks,
    cast(cost as decimal(18, 4)) as cost,
    currency,
    fx_rate,
    spend,
    plan_campaign_id,
    mapped_by,
    source,
    segment,
    is_mapped,
    account_time_zone,
    business_day_share,
    is_business_day_exact,
    source_file,
    source_line,
    landed_at,
    {{ as_of() }} as _modelled_at
from {{ ref('int_ad_spend') }} as spend_rows
where {{ is_new('spend_rows') }}
