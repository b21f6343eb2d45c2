-- Each waiver of a defect with the instant at which it ends: the end of its last business day, or before that its
-- withdrawal or replacement. What was recorded after the as-of has not happened. A waiver follows a merged lead.
with actions as (
    select
        coalesce(identities.lead_id, log.lead_id) as lead_id,
        log.criterion_code,
        log.action,
        log.by_role,
        log.reason,
        log.until,
        log.recorded_at,
        lead(log.recorded_at) over next_action as next_at,
        lead(log.action) over next_action as next_action,
        {{ business_instant('cast(log.until as timestamp) + interval 1 day') }} as expires_at
    from {{ source('andon', 'defect_waivers') }} as log
    left join {{ ref('int_lead_identity') }} as identities on log.lead_id = identities.source_lead_id
    where log.recorded_at <= {{ as_of() }}
    window next_action as (
        partition by coalesce(identities.lead_id, log.lead_id), log.criterion_code
        order by log.recorded_at, log.waiver_id
    )
)

select
    lead_id,
    criterion_code,
    recorded_at as waived_at,
    by_role as waived_by,
    reason as waiver_reason,
    until as waived_until,
    least(expires_at, coalesce(next_at, expires_at)) as ends_at,
    coalesce(next_action = 'withdraw' and next_at < expires_at, false) as is_withdrawn,
    coalesce(next_action = 'waive' and next_at <= expires_at, false) as is_replaced,
    least(expires_at, coalesce(next_at, expires_at)) > {{ as_of() }} as is_in_force
from actions
where action = 'waive'
