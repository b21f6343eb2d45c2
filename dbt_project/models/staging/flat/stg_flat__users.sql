select
    'crm' as system,
    user_id,
    updated_at,
    name,
    email,
    team,
    role,
    is_active,
    _file as source_file,
    _line as source_line,
    _landed_at,
    landed_on
from {{ source('crm', 'users') }}
where _landed_at <= {{ as_of() }}
