{{ config(materialized='ephemeral') }}

-- Leads as the CRM counts them: each person's surviving record that is not deleted, with what stands against it.
with machines as (
    select fill_lead_id as lead_id
    from {{ ref('int_fill_leads') }}
    where fill_lead_id is not null
    group by fill_lead_id
    having bool_and(is_bot)
)

select
    leads.lead_id as record_id,
    members.anchor as person,
    leads.created_at,
    leads.week_start,
    lifecycle.handed_off_at,
    lifecycle.lifecycle_stage,
    leads.source,
    coalesce(leads.plan_campaign_id, 'unmapped') as campaign_id,
    case
        when machines.lead_id is not null then 'bot'
        when members.residue = 'internal' or members.email_kind = 'internal' then 'internal'
        when leads.duplicate_of_lead_id is not null then 'duplicate'
    end as reason,
    case
        when leads.duplicate_of_lead_id is not null then 'same e-mail as ' || leads.duplicate_of_lead_id
        else 'lead stands at ' || replace(lifecycle.lifecycle_stage, '_', ' ')
    end as detail,
    leads.system,
    leads.source_file,
    leads.source_line
from {{ ref('int_leads') }} as leads
inner join {{ ref('int_lead_lifecycle') }} as lifecycle on leads.lead_id = lifecycle.lead_id
inner join {{ ref('int_person_members') }} as members on leads.lead_id = members.row_id and members.kind = 'lead'
left join machines on leads.lead_id = machines.lead_id
where not leads.is_deleted and {{ is_reconciled_person('members.anchor') }}
