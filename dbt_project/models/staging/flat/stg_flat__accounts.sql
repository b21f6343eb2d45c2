select
    'crm' as system,
    account_id,
    name,
    domain,
    segment,
    industry,
    employees,
    country,
    owner_id,
    created_at,
    updated_at,
    is_customer,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('crm', 'accounts') }}
where _landed_at <= {{ as_of() }}
