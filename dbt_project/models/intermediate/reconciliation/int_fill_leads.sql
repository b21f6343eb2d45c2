{{ config(materialized='ephemeral') }}

-- The lead that a form fill stands for: the one that the touch is of; where that was deleted, the first of the same
-- person that was not.
with leads as (
    select
        leads.lead_id,
        members.anchor,
        leads.created_at,
        leads.is_deleted
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_person_members') }} as members on leads.lead_id = members.row_id and members.kind = 'lead'
    where {{ is_reconciled_person('members.anchor') }}
),

persons as (
    select
        anchor,
        min_by(lead_id, (created_at, lead_id)) filter (where not is_deleted) as first_lead_id,
        min_by(lead_id, (created_at, lead_id)) filter (where is_deleted) as deleted_lead_id
    from leads
    group by anchor
),

assigned as (
    select
        actions.*,
        coalesce(living.lead_id, persons.first_lead_id) as fill_lead_id,
        persons.deleted_lead_id
    from {{ ref('int_tracked_actions') }} as actions
    left join leads as living on actions.lead_id = living.lead_id and not living.is_deleted
    left join persons on actions.anchor = persons.anchor
    where actions.touch_type = 'form_fill'
)

select
    *,
    row_number() over (
        partition by fill_lead_id order by is_bot, is_internal, occurred_at, record_id
    ) as place
from assigned
