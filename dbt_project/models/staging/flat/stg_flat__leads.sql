with delivered as (
    select
        *,
        'crm' as system,
        {{ custom_fields('crm.leads') }} as custom_fields,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'leads') }}
)

{{ as_entity('leads', 'delivered', table='crm.leads') }}
