{{ config(severity='warn') }}

-- Money in a currency without a rate for its day is left out of every amount in the business currency, and named here.
select
    kind,
    holder,
    currency,
    amounts,
    fix_line
from {{ ref('missing_rates') }}
