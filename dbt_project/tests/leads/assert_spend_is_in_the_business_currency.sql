{{ config(severity='warn') }}

-- Spend in another currency cannot be added up without a rate: it is left out of every amount, and named here.
select
    platform,
    account_id,
    currency,
    count(*) as rows_left_out,
    sum(cost) as cost
from {{ ref('int_ad_spend') }}
where spend is null
group by platform, account_id, currency
