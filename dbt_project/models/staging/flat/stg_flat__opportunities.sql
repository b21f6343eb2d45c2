select
    'crm' as system,
    opportunity_id,
    account_id,
    lead_id,
    name,
    stage,
    amount,
    currency,
    owner_id,
    created_at,
    updated_at,
    close_date,
    is_deleted,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('crm', 'opportunities') }}
where _landed_at <= {{ as_of() }}
