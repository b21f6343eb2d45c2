{{ config(
    materialized='incremental',
    unique_key='platform, account_id, campaign_id, spend_date, currency',
    meta={'lives_in': 'int_ad_spend'}
) }}

select
    spend_rows.platform,
    spend_rows.account_id,
    spend_rows.campaign_id,
    spend_rows.campaign_name,
    spend_rows.spend_date,
    spend_rows.week_start,
    spend_rows.impressions,
    spend_rows.clicks,
    spend_rows.platform_conversions,
    cast(spend_rows.cost as decimal(18, 4)) as cost,
    spend_rows.currency,
    spend_rows.fx_rate,
    spend_rows.spend,
    spend_rows.plan_campaign_id,
    spend_rows.mapped_by,
    spend_rows.source,
    spend_rows.segment,
    spend_rows.is_mapped,
    spend_rows.account_time_zone,
    spend_rows.business_day_share,
    spend_rows.is_business_day_exact,
    spend_rows.source_file,
    spend_rows.source_line,
    spend_rows.landed_at,
    {{ as_of() }} as _modelled_at
from {{ ref('int_ad_spend') }} as spend_rows
where {{ is_new('spend_rows') }}
