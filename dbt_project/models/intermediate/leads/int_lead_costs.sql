{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

-- What a lead cost: its campaign's spend in the business week in which it was created, shared among that week's leads
-- to the cent (what does not divide goes to the first ids). A campaign without spend rows has no cost, not a zero.
with placed as (
    select
        lead_id,
        coalesce(plan_campaign_id, campaign_id) as campaign_id,
        week_start,
        count(*) over (partition by coalesce(plan_campaign_id, campaign_id), week_start) as leads,
        row_number() over (partition by coalesce(plan_campaign_id, campaign_id), week_start order by lead_id) as place
    from {{ ref('int_leads') }}
    where not is_deleted
)

select
    leads.lead_id,
    {{ share_of_cents('spend.cents', 'placed.leads', 'placed.place') }} as attributed_cost,
    {{ as_of() }} as _modelled_at
from {{ ref('int_leads') }} as leads
left join placed on leads.lead_id = placed.lead_id
left join {{ ref('int_spend_weekly') }} as spend
    on placed.campaign_id = spend.campaign_id and placed.week_start = spend.week_start
