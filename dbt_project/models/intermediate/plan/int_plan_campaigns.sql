-- A lead may come after its campaign ended and spend before it was entered, so the versions of a campaign cover all
-- time: each applies from its first day (the first from ever) until the next one does.
with current_rows as (
    select * from {{ ref('stg_plan__campaigns') }}
    qualify {{ in_latest_snapshot() }}
)

select
    campaign_id,
    campaign_name,
    source,
    segment,
    platform,
    owner,
    valid_from,
    valid_to,
    case
        when row_number() over in_time = 1 then date '0001-01-01'
        else valid_from
    end as applies_from,
    coalesce(lead(valid_from) over in_time, date '9999-12-31') as applies_until,
    source_file,
    source_line,
    _landed_at as _modelled_at
from current_rows
window in_time as (partition by campaign_id order by valid_from)
