with delivered as (
    select
        *,
        'web' as system,
        _file as source_file,
        _line as source_line
    from {{ source('web', 'web_touches') }}
)

{{ as_entity('web_touches', 'delivered', lacks=['contact_id', 'user_id', 'email', 'click_id']) }}
