-- Money without a worth in the business currency because the plan has no rate for its day, and the line that mends it.
with without_rate as (
    select
        'spend' as kind,
        platform || ' ' || account_id as holder,
        {{ currency_code('currency') }} as currency,
        spend_date as value_date,
        cost as amount
    from {{ ref('int_ad_spend') }}
    where fx_rate is null
    union all
    select
        'opportunity' as kind,
        system as holder,
        {{ currency_code('currency') }} as currency,
        value_date,
        crm_amount as amount
    from {{ ref('int_opportunities') }}
    where fx_rate is null and crm_amount is not null
)

select
    kind,
    holder,
    currency,
    count(*) as amounts,
    cast(sum(amount) as decimal(18, 4)) as amount,
    min(value_date) as first_day,
    max(value_date) as last_day,
    'fx_rates.csv' as fix_file,
    currency || ',' || cast(min(value_date) as varchar) || ',RATE' as fix_line,
    {{ as_of() }} as _modelled_at
from without_rate
group by kind, holder, currency
