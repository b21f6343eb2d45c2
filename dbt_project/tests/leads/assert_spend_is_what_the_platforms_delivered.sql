-- Spend in the mart is spend at the source, per platform, account, day and currency: the newest delivery of each row,
-- added up once more from what landed.
with newest as (
    select
        delivered.platform,
        delivered.account_id,
        delivered.spend_date,
        delivered.currency,
        delivered.cost
    from {{ delivered('ad_spend') }} as delivered
    qualify row_number() over (
        partition by
            delivered.platform, delivered.account_id, delivered.campaign_id, delivered.spend_date, delivered.currency
        order by delivered._landed_at desc, delivered.source_file desc, delivered.source_line desc
    ) = 1
),

at_the_source as (
    select
        platform,
        account_id,
        spend_date,
        currency,
        sum(cost) as cost
    from newest
    group by platform, account_id, spend_date, currency
),

in_the_mart as (
    select
        platform,
        account_id,
        spend_date,
        currency,
        sum(cost) as cost
    from {{ ref('fct_ad_spend') }}
    group by platform, account_id, spend_date, currency
)

select
    coalesce(at_the_source.platform, in_the_mart.platform) as platform,
    coalesce(at_the_source.account_id, in_the_mart.account_id) as account_id,
    coalesce(at_the_source.spend_date, in_the_mart.spend_date) as spend_date,
    coalesce(at_the_source.currency, in_the_mart.currency) as currency,
    at_the_source.cost as delivered,
    in_the_mart.cost as modelled
from at_the_source
full outer join in_the_mart
    on
        at_the_source.platform = in_the_mart.platform
        and at_the_source.account_id = in_the_mart.account_id
        and at_the_source.spend_date = in_the_mart.spend_date
        and at_the_source.currency = in_the_mart.currency
where at_the_source.cost is distinct from in_the_mart.cost
