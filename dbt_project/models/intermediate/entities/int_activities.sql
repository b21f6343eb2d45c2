{{ config(materialized='incremental', unique_key='activity_id') }}

with latest as (
    {{ latest_delivered(
        'activities', key='activity_id', renames={'lead_id': 'source_lead_id'}, derived=['lead_id'],
        again=identity_changed()
    ) }}
),

resolved as (
    select
        latest.*,
        coalesce(identities.lead_id, latest.source_lead_id) as lead_id
    from latest
    left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
)

select
    *,
    {{ left_lead_id('resolved.activity_id', 'resolved.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from resolved
