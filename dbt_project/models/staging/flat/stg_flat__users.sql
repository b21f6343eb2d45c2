with delivered as (
    select
        *,
        'crm' as system,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'users') }}
)

{{ as_entity('users', 'delivered') }}
