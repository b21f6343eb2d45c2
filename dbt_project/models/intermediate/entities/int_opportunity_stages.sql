{{ config(materialized='incremental', unique_key='history_id') }}

{% set again -%}
{{ any_new(ref('int_plan_stage_map')) }}
or previous.source_opportunity_id in (
    select moved.source_opportunity_id from {{ ref('int_opportunity_identity') }} as moved where {{ is_new('moved') }}
)
{%- endset %}

-- What a copy tells of the time before the company moved is of no opportunity: its original tells it.
with latest as (
    {{ latest_delivered(
        'opportunity_stages', key='history_id',
        renames={'stage': 'crm_stage', 'opportunity_id': 'source_opportunity_id'},
        derived=['opportunity_id', 'stage', 'stage_order', 'is_closed', 'is_won'], again=again
    ) }}
)

select
    latest.*,
    case
        when not {{ is_copied('identities', 'latest.entered_at') }}
            then coalesce(identities.opportunity_id, latest.source_opportunity_id)
    end as opportunity_id,
    stages.stage,
    stages.stage_order,
    stages.is_closed,
    stages.is_won,
    {{ as_of() }} as _modelled_at
from latest
left join {{ ref('int_opportunity_identity') }} as identities
    on latest.source_opportunity_id = identities.source_opportunity_id
left join {{ ref('int_plan_stage_map') }} as stages
    on
        latest.system = stages.system
        and {{ lookup('latest.crm_stage') }} = stages.lookup_value
        and stages.object = 'opportunity'
