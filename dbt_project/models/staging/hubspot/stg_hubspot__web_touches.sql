-- A form that a contact filled in, in a browser that the CRM does not know. Where they came from stands in the page's
-- address.
{% set own_key -%}
coalesce(conversion_id, concat_ws(':', contact_id, form_id, {{ instant_key('timestamp') }}))
{%- endset %}

with submissions as (
    select
        {{ prefixed_id('hubspot', own_key) }} as touch_id,
        timestamp as occurred_at,
        {{ prefixed_id('hubspot', 'contact_id') }} as lead_id,
        'form_fill' as touch_type,
        {{ url_parameter('page_url', 'utm_source') }} as utm_source,
        {{ url_parameter('page_url', 'utm_medium') }} as utm_medium,
        {{ url_parameter('page_url', 'utm_campaign') }} as utm_campaign,
        {{ url_parameter('page_url', 'utm_id') }} as campaign_id,
        {{ click_id('page_url') }} as click_id,
        page_url as page,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'contact_form_submission') }}
),

touches as (
    select
        *,
        nullif(concat_ws('_', utm_source, utm_medium), '') as lead_source
    from submissions
)

{{ as_entity('web_touches', 'touches', lacks=[
    'visitor_id', 'contact_id', 'user_id', 'email', 'user_agent', 'ip_hash'
]) }}
