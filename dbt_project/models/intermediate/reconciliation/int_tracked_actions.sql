{{ config(materialized='view') }}

-- Ad clicks and form fills as the tracker counts them, and whether each is a machine's or our own people's (plan table
-- identity_rules): by the browser's user agent, the hash of its address, and the e-mail domain of who it is.
with agents as (
    select distinct user_agent
    from {{ ref('int_touches') }}
    where user_agent is not null
),

machines as (
    select distinct agents.user_agent
    from agents
    inner join {{ ref('int_plan_identity_rules') }} as rules
        on
            rules.rule = 'bot_user_agent'
            and {{ lookup('agents.user_agent') }} like {{ like_pattern('rules.value') }} escape '!'
),

own_addresses as (
    select distinct value as ip_hash
    from {{ ref('int_plan_identity_rules') }}
    where rule = 'internal_ip_hash'
)

select
    touches.touch_id as record_id,
    touches.touch_type,
    touches.visitor_id,
    touches.lead_id,
    coalesce(owners.anchor, fills.anchor, visitors.anchor) as anchor,
    fills.residue,
    touches.occurred_at,
    touches.source,
    coalesce(touches.plan_campaign_id, 'unmapped') as campaign_id,
    machines.user_agent is not null as is_bot,
    own_addresses.ip_hash is not null
    or coalesce(fills.email_kind = 'internal', false)
    or coalesce(fills.residue, visitors.residue, '') = 'internal' as is_internal,
    touches.system,
    touches.source_file,
    touches.source_line
from {{ ref('int_lead_touches') }} as touches
left join machines on touches.user_agent = machines.user_agent
left join own_addresses on {{ lookup('touches.ip_hash') }} = own_addresses.ip_hash
left join {{ ref('int_person_members') }} as owners on 'lead:' || touches.lead_id = owners.row_key
left join {{ ref('int_person_members') }} as fills
    on case when touches.touch_type = 'form_fill' then 'form_fill:' || touches.touch_id end = fills.row_key
left join {{ ref('int_person_members') }} as visitors on 'visitor:' || touches.visitor_id = visitors.row_key
where touches.touch_type in ('ad_click', 'form_fill')
