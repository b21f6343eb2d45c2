select
    criterion_code,
    cast(criterion_version as bigint) as criterion_version,
    title,
    severity,
    owner,
    reason_category,
    valid_from,
    valid_to,
    contract_version,
    check_json,
    segments,
    cost_rule,
    signed_by_marketing,
    signed_by_sales,
    signed_on,
    in_use_since
from {{ source('andon', 'criteria') }}
