{{ config(materialized='incremental', unique_key='contact_id') }}

with latest as (
    {{ latest_delivered('contacts', key='contact_id', newest=['updated_at']) }}
)

select
    *,
    {{ as_of() }} as _modelled_at
from latest
