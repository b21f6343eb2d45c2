select
    'crm' as system,
    history_id,
    opportunity_id,
    stage,
    entered_at,
    actor_id,
    amount,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('crm', 'opportunity_stages') }}
where _landed_at <= {{ as_of() }}
