select
    plan_version,
    title,
    valid_from,
    valid_to,
    approved_at,
    approved_by_marketing,
    approved_by_sales,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__plan_versions') }}
qualify {{ in_latest_snapshot() }}
