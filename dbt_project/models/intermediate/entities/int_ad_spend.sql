{{ config(materialized='incremental', unique_key='platform, account_id, campaign_id, spend_date, currency') }}

-- Spend as restated last. Spend of a campaign that the plan does not know stays, under 'unmapped'; spend in another
-- currency than the business's cannot be added up, so its `spend` is NULL (a check names it).
with latest as (
    {{ latest_delivered(
        'ad_spend', key='platform, account_id, campaign_id, spend_date, currency',
        derived=['spend', 'source', 'segment', 'is_mapped', 'week_start'], again=any_new(ref('int_plan_campaigns'))
    ) }}
)

select
    latest.*,
    case
        when latest.currency = (select run_context.currency from {{ source('andon', 'run_context') }} as run_context)
            then cast(latest.cost as decimal(18, 2))
    end as spend,
    coalesce(campaigns.source, 'unmapped') as source,
    coalesce(campaigns.segment, 'unmapped') as segment,
    campaigns.campaign_id is not null as is_mapped,
    {{ week_start('latest.spend_date') }} as week_start,
    {{ as_of() }} as _modelled_at
from latest
left join {{ ref('int_plan_campaigns') }} as campaigns
    on
        latest.campaign_id = campaigns.campaign_id
        and latest.spend_date >= campaigns.applies_from
        and latest.spend_date < campaigns.applies_until
