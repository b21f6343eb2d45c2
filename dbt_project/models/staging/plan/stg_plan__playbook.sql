select
    rule_id,
    version,
    source,
    owner,
    approver,
    valid_from,
    valid_to,
    trigger_metric,
    threshold,
    persistence_weeks,
    shift_pct,
    receiver,
    _file as source_file,
    _line as source_line,
    _file_sha256 as snapshot,
    _landed_at
from {{ source('plan', 'playbook') }}
where _landed_at <= {{ as_of() }}
