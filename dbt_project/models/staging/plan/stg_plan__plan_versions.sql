select
    plan_version,
    title,
    valid_from,
    valid_to,
    approved_at,
    approved_by_marketing,
    approved_by_sales,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'plan_versions') }}
where _landed_at <= {{ as_of() }}
