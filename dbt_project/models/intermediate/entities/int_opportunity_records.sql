{{ config(materialized='incremental', unique_key='opportunity_id') }}

with latest as (
    {{ latest_delivered(
        'opportunities', key='opportunity_id', newest=['updated_at'],
        renames={'lead_id': 'source_lead_id', 'stage': 'crm_stage', 'account_id': 'crm_account_id', 'amount': 'crm_amount'}
    ) }}
)

select
    *,
    {{ as_of() }} as _modelled_at
from latest
