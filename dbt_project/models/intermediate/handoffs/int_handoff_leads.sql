{{ config(materialized='view') }}

select leads.lead_id
from {{ ref('int_leads') }} as leads
where leads.lead_id in (
    select events.lead_id
    from {{ ref('int_lead_events') }} as events
    where events.to_stage = 'handed_off'
)
