with delivered as (
    select
        *,
        'crm' as system,
        _file as source_file,
        _line as source_line
    from {{ source('crm', 'opportunity_stages') }}
)

{{ as_entity('opportunity_stages', 'delivered') }}
