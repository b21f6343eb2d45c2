-- A page reached from outside (another site, or with a campaign) is a visit, or an ad click when it came with a click
-- id or from a paid medium; a page reached from the site itself is no touch. A tracked form or sign-up is a form fill.
with pages as (
    select
        *,
        coalesce(url, context_page_url) as page,
        coalesce(referrer, context_page_referrer) as came_from,
        cast(null as varchar) as email,
        false as is_form
    from {{ landed('segment', 'pages') }}
),

tracks as (
    select
        * exclude (event, event_text),
        context_page_url as page,
        context_page_referrer as came_from,
        true as is_form
    from {{ landed('segment', 'tracks') }}
    where regexp_full_match(lower(replace(replace(event, ' ', '_'), '-', '_')), {{ form_events() }})
),

calls as (
    select * exclude (url, path, referrer, title) from pages
    union all by name
    select * from tracks
),

sourced as (
    select
        *,
        coalesce(context_campaign_source, {{ url_parameter('page', 'utm_source') }}) as utm_source,
        coalesce(context_campaign_medium, {{ url_parameter('page', 'utm_medium') }}) as utm_medium,
        coalesce(context_campaign_name, {{ url_parameter('page', 'utm_campaign') }}) as utm_campaign,
        coalesce(context_campaign_id, {{ url_parameter('page', 'utm_id') }}) as campaign_id,
        {{ click_id('page') }} as click_id
    from calls
),

touches as (
    select
        {{ prefixed_id('segment', 'id') }} as touch_id,
        timestamp as occurred_at,
        {{ prefixed_id('segment', "coalesce(anonymous_id, user_id, 'unknown')") }} as visitor_id,
        user_id,
        email,
        case
            when is_form then 'form_fill'
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
        context_user_agent as user_agent,
        sha256(nullif(trim(context_ip), '')) as ip_hash,
        {{ trace('segment') }}
    from sourced
    where
        is_form
        or utm_source is not null
        or click_id is not null
        or coalesce({{ web_domain('came_from') }}, '') <> coalesce({{ web_domain('page') }}, '')
        or came_from is null
)

{{ as_entity('web_touches', 'touches', lacks=['lead_id', 'contact_id']) }}
