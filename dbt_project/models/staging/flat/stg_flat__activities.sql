with delivered as (
    select
        *,
        'crm' as system,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'activities') }}
)

{{ as_entity('activities', 'delivered', lacks=['updated_at', 'contact_id', 'is_void']) }}
