-- Every content of the playbook, with the time in which it was the one that we had. Nothing is known before the first
-- content, so that one also counts for the weeks before it (history loaded afterwards).
with rules as (
    select * from {{ ref('stg_plan__playbook') }}
    qualify {{ whole_snapshot() }}
),

landings as (
    select
        _landed_at,
        lag(_landed_at) over (order by _landed_at) as previous_landed_at,
        lead(_landed_at) over (order by _landed_at) as known_until
    from (select distinct _landed_at from rules) as contents
)

select
    rules.rule_id,
    rules.rule_version,
    rules.reason,
    rules.owner,
    rules.approver,
    rules.deputies,
    rules.approval,
    rules.approved_on,
    rules.valid_from,
    rules.valid_to,
    rules.priority,
    rules.scope,
    rules.trigger,
    rules.persistence,
    rules.min_sample,
    rules.data_gate,
    rules.cause_gate,
    rules.action,
    rules.receiver,
    rules.effective,
    rules.platform_lead_days,
    rules.cooldown_weeks,
    rules.expires_weeks,
    rules.rollback_if,
    rules.evaluate,
    case when landings.previous_landed_at is not null then landings._landed_at end as known_from,
    landings.known_until,
    rules.source_file,
    rules.source_line,
    rules._landed_at as _modelled_at
from rules
inner join landings on rules._landed_at = landings._landed_at
