-- The plan's campaigns, a row per version, and those that only the ad platforms know.
select
    campaign_id,
    campaign_name,
    source,
    segment,
    platform,
    owner,
    valid_from,
    valid_to,
    true as is_mapped
from {{ ref('int_plan_campaigns') }}
union all
select
    campaign_id,
    max(campaign_name) as campaign_name,
    'unmapped' as source,
    'unmapped' as segment,
    min(platform) as platform,
    cast(null as varchar) as owner,
    min(spend_date) as valid_from,
    cast(null as date) as valid_to,
    false as is_mapped
from {{ ref('int_ad_spend') }}
where not is_mapped
group by campaign_id
