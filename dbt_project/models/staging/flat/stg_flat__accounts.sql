with delivered as (
    select
        *,
        'crm' as system,
        {{ custom_fields('crm.accounts') }} as custom_fields,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'accounts') }}
)

{{ as_entity('accounts', 'delivered', table='crm.accounts') }}
