-- A form that a contact filled in. The contact is the visitor: the CRM knows no other.
{% set own_key -%}
coalesce(conversion_id, concat_ws(':', contact_id, form_id, {{ instant_key('timestamp') }}))
{%- endset %}

with submissions as (
    select
        {{ prefixed_id('hubspot', own_key) }} as touch_id,
        timestamp as occurred_at,
        {{ prefixed_id('hubspot', 'contact_id') }} as visitor_id,
        {{ prefixed_id('hubspot', 'contact_id') }} as lead_id,
        'form_fill' as touch_type,
        {{ url_parameter('page_url', 'utm_source') }} as utm_source,
        {{ url_parameter('page_url', 'utm_medium') }} as utm_medium,
        {{ url_parameter('page_url', 'utm_campaign') }} as utm_campaign,
        {{ click_id('page_url') }} as click_id,
        page_url as page,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'contact_form_submission') }}
)

{{ as_entity('web_touches', 'submissions', lacks=[
    'contact_id', 'user_id', 'email', 'lead_source', 'campaign_id', 'user_agent', 'ip_hash'
]) }}
