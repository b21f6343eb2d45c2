with delivered as (
    select
        *,
        'crm' as system,
        {{ custom_fields('crm.opportunities') }} as custom_fields,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'opportunities') }}
)

{{ as_entity('opportunities', 'delivered', table='crm.opportunities') }}
