-- The first version of a model also stands for the leads before it; a version ends with its last day or with the next.
with current_rows as (
    select * from {{ ref('stg_plan__attribution_rules') }}
    qualify {{ in_latest_snapshot() }}
)

select
    model,
    case
        when row_number() over in_time = 1 then date '0001-01-01'
        else valid_from
    end as applies_from,
    least(
        coalesce(valid_to + 1, date '9999-12-31'), coalesce(lead(valid_from) over in_time, date '9999-12-31')
    ) as applies_until,
    window_days,
    days_after,
    excluded_channels,
    tie_break,
    first_weight,
    last_weight,
    half_life_days,
    source_file,
    source_line,
    _landed_at as _modelled_at
from current_rows
window in_time as (partition by model order by valid_from)
