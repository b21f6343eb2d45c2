{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

-- What a lead cost: its campaign's spend in the business week in which it was created, shared among that week's leads to
-- the cent (what does not divide goes to the first ids). A campaign without spend rows has no cost, not a zero.
with spend as (
    select
        campaign_id,
        week_start,
        cast(sum(spend) * 100 as bigint) as cents
    from {{ ref('int_ad_spend') }}
    group by campaign_id, week_start
),

placed as (
    select
        lead_id,
        campaign_id,
        week_start,
        count(*) over in_cell as leads,
        row_number() over (partition by campaign_id, week_start order by lead_id) as place
    from {{ ref('int_leads') }}
    where not is_deleted
    window in_cell as (partition by campaign_id, week_start)
)

shares as (
    select
        placed.lead_id,
        placed.leads,
        placed.place,
        spend.cents,
        cast(floor(spend.cents / placed.leads) as bigint) as share
    from placed
    inner join spend on placed.campaign_id = spend.campaign_id and placed.week_start = spend.week_start
)

select
    leads.lead_id,
    cast(
        (shares.share + case when shares.place <= shares.cents - shares.share * shares.leads then 1 else 0 end) / 100.0
        as decimal(18, 2)
    ) as attributed_cost,
    {{ as_of() }} as _modelled_at
from {{ ref('int_leads') }} as leads
left join shares on leads.lead_id = shares.lead_id
