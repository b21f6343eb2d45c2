select
    cast(segment as varchar) as segment,
    cast(from_stage as varchar) as from_stage,
    cast(to_stage as varchar) as to_stage,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(age_weeks as bigint) as age_weeks,
    cast(share as double) as share
from {{ ref('stg_plan__maturation_curves') }}
qualify {{ in_latest_snapshot() }}
