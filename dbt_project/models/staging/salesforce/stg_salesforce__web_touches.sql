-- A member's response to a campaign is a touch. A member who has not responded (or no longer is one) touched nothing:
-- the row stands for nobody.
with members as (
    select
        {{ prefixed_id('salesforce', 'id') }} as touch_id,
        coalesce(first_responded_date, created_date, _landed_at) as occurred_at,
        lead_id,
        contact_id,
        coalesce(has_responded, first_responded_date is not null)
        and not {{ is_gone(has_history=false) }} as has_responded,
        campaign_id,
        {{ trace('salesforce') }}
    from {{ landed('salesforce', 'campaign_member') }}
),

touches as (
    select
        * exclude (lead_id, contact_id),
        case when has_responded then {{ prefixed_id('salesforce', 'members.lead_id') }} end as lead_id,
        case when has_responded then {{ prefixed_id('salesforce', 'members.contact_id') }} end as contact_id,
        case when has_responded then 'campaign_response' else 'campaign_member' end as touch_type
    from members
)

{{ as_entity('web_touches', 'touches', lacks=[
    'visitor_id', 'user_id', 'email', 'lead_source', 'click_id', 'utm_source', 'utm_medium', 'utm_campaign', 'page',
    'user_agent', 'ip_hash'
]) }}
