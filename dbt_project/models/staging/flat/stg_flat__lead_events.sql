select
    'crm' as system,
    event_id,
    lead_id,
    event_at,
    event_type,
    from_value,
    to_value,
    actor_id,
    reason,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('crm', 'lead_events') }}
where _landed_at <= {{ as_of() }}
