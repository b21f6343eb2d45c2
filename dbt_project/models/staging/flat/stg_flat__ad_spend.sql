with delivered as (
    select
        *,
        'ads' as system,
        _file as source_file,
        _line as source_line
    from {{ source('ads', 'ad_spend') }}
)

{{ as_entity('ad_spend', 'delivered') }}
