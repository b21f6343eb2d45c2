{{ config(materialized='view') }}

-- The lead that a form fill stands for: the one that the tracker names, else one of the same person that no fill names,
-- in order of time, else the person's first.
with leads as (
    select
        leads.lead_id,
        members.anchor,
        leads.created_at,
        leads.is_deleted
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_person_members') }} as members on 'lead:' || leads.lead_id = members.row_key
),

fills as (
    select
        actions.*,
        named.lead_id as named_lead_id
    from {{ ref('int_tracked_actions') }} as actions
    left join leads as named on actions.lead_id = named.lead_id and not named.is_deleted
    where actions.touch_type = 'form_fill'
),

open_leads as (
    select
        lead_id,
        anchor,
        row_number() over (partition by anchor order by created_at, lead_id) as place
    from leads
    where
        not is_deleted
        and lead_id not in (select fills.named_lead_id from fills where fills.named_lead_id is not null)
),

persons as (
    select
        anchor,
        min_by(lead_id, (created_at, lead_id)) filter (where not is_deleted) as first_lead_id,
        min_by(lead_id, (created_at, lead_id)) filter (where is_deleted) as deleted_lead_id
    from leads
    group by anchor
),

placed as (
    select
        *,
        row_number() over (
            partition by anchor, named_lead_id is null order by is_bot, is_internal, occurred_at, record_id
        ) as place
    from fills
),

assigned as (
    select
        placed.* exclude (place),
        coalesce(placed.named_lead_id, open_leads.lead_id, persons.first_lead_id) as fill_lead_id,
        persons.deleted_lead_id
    from placed
    left join open_leads
        on
            case when placed.named_lead_id is null then placed.anchor end = open_leads.anchor
            and placed.place = open_leads.place
    left join persons on placed.anchor = persons.anchor
)

select
    *,
    row_number() over (
        partition by fill_lead_id order by is_bot, is_internal, occurred_at, record_id
    ) as place
from assigned
