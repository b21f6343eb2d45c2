select
    'crm' as system,
    activity_id,
    activity_type,
    occurred_at,
    lead_id,
    account_id,
    opportunity_id,
    owner_id,
    outcome,
    minutes,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('crm', 'activities') }}
where _landed_at <= {{ as_of() }}
