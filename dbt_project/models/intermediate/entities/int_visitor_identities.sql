{{ config(materialized='incremental', unique_key='identity_id') }}

with latest as (
    {{ latest_delivered('visitor_identities', key='identity_id', newest=['occurred_at']) }}
)

select
    *,
    {{ as_of() }} as _modelled_at
from latest
