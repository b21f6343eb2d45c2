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
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__playbook') }}
qualify {{ in_latest_snapshot() }}
