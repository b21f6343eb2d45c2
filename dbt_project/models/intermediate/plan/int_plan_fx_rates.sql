-- A rate applies from its day until the next one of its currency does; before the first there is none.
with current_rows as (
    select * from {{ ref('stg_plan__fx_rates') }}
    qualify {{ in_latest_snapshot() }}
)

select
    currency,
    valid_from as applies_from,
    coalesce(lead(valid_from) over in_time, date '9999-12-31') as applies_until,
    cast(rate as decimal(18, 10)) as rate,
    source_file,
    source_line,
    _landed_at as _modelled_at
from current_rows
window in_time as (partition by currency order by valid_from)
