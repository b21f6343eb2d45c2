{{ config(materialized='incremental', unique_key='event_id') }}

{% set again -%}
{{ identity_changed() }}
or {{ any_new(ref('int_plan_stage_map')) }}
or {{ any_new(ref('int_plan_reasons')) }}
{%- endset %}

with latest as (
    {{ latest_delivered(
        'lead_events', key='event_id', renames={'lead_id': 'source_lead_id'},
        derived=['lead_id', 'from_stage', 'to_stage', 'reason_code', 'reason_category'], again=again
    ) }}
),

lead_stages as (
    select
        system,
        lookup_value,
        stage
    from {{ ref('int_plan_stage_map') }}
    where object = 'lead'
),

resolved as (
    select
        latest.*,
        case
            when not {{ is_copied('identities', 'latest.event_at') }}
                then coalesce(identities.lead_id, latest.source_lead_id)
        end as lead_id,
        from_stages.stage as from_stage,
        to_stages.stage as to_stage,
        coalesce(reasons.reason_code, {{ lookup('latest.reason') }}) as reason_code,
        reasons.category as reason_category
    from latest
    left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
    left join lead_stages as from_stages
        on
            latest.system = from_stages.system
            and {{ lookup('latest.from_value') }} = from_stages.lookup_value
            and latest.event_type = 'status'
    left join lead_stages as to_stages
        on
            latest.system = to_stages.system
            and {{ lookup('latest.to_value') }} = to_stages.lookup_value
            and latest.event_type = 'status'
            -- That a record was created that has been merged since makes nobody new again.
            and not (latest.from_value is null and coalesce(identities.is_merged, false) and to_stages.stage = 'new')
    left join {{ ref('int_plan_reasons') }} as reasons
        on {{ lookup('latest.reason') }} = {{ lookup('reasons.reason_code') }}
)

select
    *,
    {{ left_lead_id('resolved.event_id', 'resolved.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from resolved
