with delivered as (
    select
        *,
        'crm' as system,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'lead_events') }}
)

{{ as_entity('lead_events', 'delivered') }}
