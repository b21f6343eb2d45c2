-- What the plan does not know is in the unmapped marts to the last row and the last cent, and nothing else is.
with totals as (
    select
        (select coalesce(sum(cost), 0) from {{ ref('fct_ad_spend') }} where not is_mapped) as spend,
        (select coalesce(sum(cost), 0) from {{ ref('unmapped_spend') }}) as listed_spend,
        (
            select count(*) from {{ ref('fct_leads') }}
            where source = 'unmapped' or (campaign_id is not null and not is_campaign_mapped)
        ) as leads,
        (select coalesce(sum(leads + deleted_leads), 0) from {{ ref('unmapped_leads') }}) as listed_leads
)

select * from totals
where spend <> listed_spend or leads <> listed_leads
