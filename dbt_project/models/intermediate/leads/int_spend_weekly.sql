{{ config(materialized='incremental', unique_key='campaign_id, week_start', meta={'holds_all': true}) }}

-- What a campaign spent in a business week: the plan's campaign, else the platform's own id.
select
    coalesce(plan_campaign_id, campaign_id) as campaign_id,
    week_start,
    cast(sum(spend) * 100 as bigint) as cents,
    {{ as_of() }} as _modelled_at
from {{ ref('int_ad_spend') }}
where spend is not null
group by coalesce(plan_campaign_id, campaign_id), week_start
