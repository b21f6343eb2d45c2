-- A session that began is a visit, or an ad click when it came with a click id or from a paid medium; a form or lead
-- event is a form fill. Other events are no touches. What the session came from is what the event collected, else the
-- UTM parameters of its page; the visitor's first source stands for neither.
with events as (
    select
        *,
        {{ ga4_parameter('page_location') }} as page,
        {{ ga4_parameter('page_referrer') }} as referrer,
        collected_traffic_source as collected
    from {{ landed('ga4', 'events') }}
    where event_name in ('session_start', 'generate_lead', 'form_submit', 'sign_up')
),

sourced as (
    select
        *,
        coalesce(
            nullif(collected ->> 'manual_source', ''), {{ ga4_parameter('source') }},
            {{ url_parameter('page', 'utm_source') }}
        ) as utm_source,
        coalesce(
            nullif(collected ->> 'manual_medium', ''), {{ ga4_parameter('medium') }},
            {{ url_parameter('page', 'utm_medium') }}
        ) as utm_medium,
        coalesce(
            nullif(collected ->> 'manual_campaign_name', ''), {{ ga4_parameter('campaign') }},
            {{ url_parameter('page', 'utm_campaign') }}
        ) as utm_campaign,
        coalesce(
            nullif(collected ->> 'manual_campaign_id', ''), {{ ga4_parameter('campaign_id') }},
            {{ url_parameter('page', 'utm_id') }}
        ) as campaign_id,
        coalesce(
            nullif(collected ->> 'gclid', ''), nullif(collected ->> 'dclid', ''), {{ ga4_parameter('gclid') }},
            {{ click_id('page') }}
        ) as click_id
    from events
),

touches as (
    select
        {{ prefixed_id('ga4', "concat_ws(':', user_pseudo_id, event_timestamp, event_name)") }} as touch_id,
        make_timestamp(event_timestamp) as occurred_at,
        {{ prefixed_id('ga4', "coalesce(user_pseudo_id, user_id, 'unknown')") }} as visitor_id,
        {{ known_lead_id(ga4_parameter('lead_id')) }} as lead_id,
        user_id,
        {{ ga4_parameter('email') }} as email,
        case
            when event_name <> 'session_start' then 'form_fill'
            when click_id is not null or {{ is_paid_medium('utm_medium') }} then 'ad_click'
            else 'visit'
        end as touch_type,
        nullif(concat_ws('_', utm_source, utm_medium), '') as lead_source,
        campaign_id,
        click_id,
        utm_source,
        utm_medium,
        utm_campaign,
        page,
        {{ trace('ga4') }}
    from sourced
)

{{ as_entity('web_touches', 'touches', lacks=['contact_id', 'user_agent', 'ip_hash']) }}
