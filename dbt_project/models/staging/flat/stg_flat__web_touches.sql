-- A tracker's file names leads as the CRM does, which may be another vendor's.
with delivered as (
    select
        * replace ({{ known_lead_id('lead_id') }} as lead_id),
        'web' as system,
        _file as source_file,
        _line as source_line
    from {{ source('web', 'web_touches') }}
)

{{ as_entity('web_touches', 'delivered', lacks=['user_id', 'click_id']) }}
