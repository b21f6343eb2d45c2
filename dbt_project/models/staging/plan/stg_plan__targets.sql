select
    plan_version,
    week_from,
    week_to,
    source,
    segment,
    spend,
    leads,
    ready_leads,
    accepted,
    meetings,
    opportunities,
    won,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'targets') }}
where _landed_at <= {{ as_of() }}
