{{ config(materialized='incremental', unique_key='account_id') }}

with latest as (
    {{ latest_delivered(
        'accounts', key='account_id', newest=['updated_at'], renames={'segment': 'crm_segment'}, derived=['segment'],
        again=any_new(ref('int_plan_segments'))
    ) }}
)

select
    *,
    coalesce({{ segment_named('latest.crm_segment') }}, {{ segment_sized('latest.employees') }}) as segment,
    {{ as_of() }} as _modelled_at
from latest
