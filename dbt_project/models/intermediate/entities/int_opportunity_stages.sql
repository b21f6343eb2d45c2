{{ config(materialized='incremental', unique_key='history_id') }}

with latest as (
    {{ latest_delivered(
        'opportunity_stages', key='history_id', renames={'stage': 'crm_stage'},
        derived=['stage', 'stage_order', 'is_closed', 'is_won'], again=any_new(ref('int_plan_stage_map'))
    ) }}
)

select
    latest.*,
    stages.stage,
    stages.stage_order,
    stages.is_closed,
    stages.is_won,
    {{ as_of() }} as _modelled_at
from latest
left join {{ ref('int_plan_stage_map') }} as stages
    on
        latest.system = stages.system
        and {{ lookup('latest.crm_stage') }} = stages.lookup_value
        and stages.object = 'opportunity'
