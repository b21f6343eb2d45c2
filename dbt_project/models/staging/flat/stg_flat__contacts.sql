with delivered as (
    select
        *,
        'crm' as system,
        {{ custom_fields('crm.contacts') }} as custom_fields,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'contacts') }}
)

{{ as_entity('contacts', 'delivered', table='crm.contacts') }}
