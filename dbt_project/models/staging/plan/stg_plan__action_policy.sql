select
    signal,
    owner,
    controller,
    escalate_to,
    due_days,
    outcome_metric,
    outcome_target,
    confirm_weeks,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'action_policy') }}
where _landed_at <= {{ as_of() }}
