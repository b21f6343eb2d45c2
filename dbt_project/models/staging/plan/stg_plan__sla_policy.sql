select
    policy,
    from_team,
    to_team,
    segment,
    valid_from,
    valid_to,
    respond_within_minutes,
    decide_within_minutes,
    late_cost,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'sla_policy') }}
where _landed_at <= {{ as_of() }}
