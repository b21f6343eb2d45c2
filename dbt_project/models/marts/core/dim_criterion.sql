select
    criterion_code,
    cast(criterion_version as bigint) as criterion_version,
    title,
    severity,
    owner,
    reason_category,
    valid_from,
    valid_to,
    contract_version
from {{ source('andon', 'criteria') }}
