{{ config(materialized='incremental', unique_key='lead_id') }}

with latest as (
    {{ latest_delivered('leads', key='lead_id', newest=['updated_at'], renames={'segment': 'crm_segment'}) }}
)

select
    *,
    {{ as_of() }} as _modelled_at
from latest
