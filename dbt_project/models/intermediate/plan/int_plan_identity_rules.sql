select
    rule,
    value,
    case when rule = 'same_domain' then split_part(value, '=', 1) else value end as alias,
    case when rule = 'same_domain' then split_part(value, '=', 2) end as domain,
    source_file,
    source_line,
    _landed_at as _modelled_at
from {{ ref('stg_plan__identity_rules') }}
qualify {{ in_latest_snapshot() }}
