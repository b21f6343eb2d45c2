select
    week_start,
    plan_version,
    source,
    segment,
    spend,
    leads,
    ready_leads,
    accepted,
    meetings,
    opportunities,
    won
from {{ ref('int_plan_targets') }}
