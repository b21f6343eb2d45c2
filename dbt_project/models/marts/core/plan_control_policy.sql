select
    cast(setting as varchar) as setting,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to,
    cast(value as double) as value
from {{ ref('stg_plan__control_policy') }}
qualify {{ in_latest_snapshot() }}
