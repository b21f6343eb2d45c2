-- What leads cost, and what campaigns spent in weeks that brought no lead, are all the spend there is.
with costs as (
    select coalesce(sum(attributed_cost), 0) as attributed from {{ ref('fct_leads') }}
),

cells as (
    select
        coalesce(plan_campaign_id, campaign_id) as campaign_id,
        week_start,
        sum(spend) as spend
    from {{ ref('int_ad_spend') }}
    group by coalesce(plan_campaign_id, campaign_id), week_start
),

barren as (
    select coalesce(sum(cells.spend), 0) as spend
    from cells
    where
        not exists (
            select 1 from {{ ref('fct_leads') }} as leads
            where
                coalesce(leads.plan_campaign_id, leads.campaign_id) = cells.campaign_id
                and leads.week_start = cells.week_start
                and leads.lifecycle_stage <> 'deleted'
        )
),

delivered as (
    select coalesce(sum(spend), 0) as spend from {{ ref('int_ad_spend') }}
)

select
    costs.attributed,
    barren.spend as without_leads,
    delivered.spend as delivered
from costs
cross join barren
cross join delivered
where costs.attributed + barren.spend <> delivered.spend
