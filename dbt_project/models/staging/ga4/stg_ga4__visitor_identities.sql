-- A visitor was seen with a user id, an e-mail address or a lead id: as a session began, or when a form was filled in.
with events as (
    select
        {{ prefixed_id('ga4', "concat_ws(':', user_pseudo_id, event_timestamp, event_name)") }} as identity_id,
        make_timestamp(event_timestamp) as occurred_at,
        {{ prefixed_id('ga4', "coalesce(user_pseudo_id, user_id)") }} as visitor_id,
        user_id,
        {{ ga4_parameter('email') }} as email,
        {{ known_lead_id(ga4_parameter('lead_id')) }} as lead_id,
        {{ trace('ga4') }}
    from {{ landed('ga4', 'events') }}
    where event_name in ('session_start', 'login', 'generate_lead', 'form_submit', 'sign_up')
),

identities as (
    select * from events
    where visitor_id is not null and coalesce(user_id, email, lead_id) is not null
)

{{ as_entity('visitor_identities', 'identities') }}
