select
    account_id,
    system,
    name,
    domain,
    segment,
    industry,
    cast(employees as bigint) as employees,
    country,
    owner_id,
    is_customer,
    created_at,
    updated_at
from {{ ref('int_accounts') }}
