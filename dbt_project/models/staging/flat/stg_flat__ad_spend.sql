-- A currency is part of a row's key: written otherwise, a restatement would stand beside what it restates.
with delivered as (
    select
        * exclude (currency),
        {{ currency_code('currency') }} as currency,
        'ads' as system,
        _file as source_file,
        _line as source_line
    from {{ source('ads', 'ad_spend') }}
)

{{ as_entity('ad_spend', 'delivered') }}
