{{ config(materialized='incremental', unique_key='touch_id') }}

{% set again -%}
    {{ identity_changed() }}
    or {{ any_new(ref('int_plan_source_map')) }}
    or {{ any_new(ref('int_plan_campaigns')) }}
{%- endset %}

with latest as (
    {{ latest_delivered(
        'web_touches', key='touch_id', renames={'lead_id': 'source_lead_id'},
        derived=['lead_id', 'occurred_date', 'source'], again=again
    ) }}
),

dated as (
    select
        latest.*,
        coalesce(identities.lead_id, latest.source_lead_id) as lead_id,
        {{ business_date('latest.occurred_at') }} as occurred_date
    from latest
    left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
),

resolved as (
    select
        dated.*,
        coalesce(campaigns.source, sources.source, 'unmapped') as source
    from dated
    left join {{ ref('int_plan_campaigns') }} as campaigns
        on
            dated.campaign_id = campaigns.campaign_id
            and dated.occurred_date >= campaigns.applies_from
            and dated.occurred_date < campaigns.applies_until
    left join {{ ref('int_plan_source_map') }} as sources
        on dated.system = sources.system and {{ lookup('dated.lead_source') }} = sources.lookup_value
)

select
    *,
    {{ left_lead_id('resolved.touch_id', 'resolved.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from resolved
