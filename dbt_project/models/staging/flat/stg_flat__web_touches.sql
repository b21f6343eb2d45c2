with delivered as (
    select
        *,
        'web' as system,
        _file as source_file,
        _line as source_line
    from {{ source('web', 'web_touches') }}
)

{{ as_entity('web_touches', 'delivered', lacks=['user_id', 'click_id']) }}
