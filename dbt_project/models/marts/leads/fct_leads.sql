{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_leads'}) }}

with candidates as (
    select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_new('leads') }}
    union
    select lifecycle.lead_id from {{ ref('int_lead_lifecycle') }} as lifecycle where {{ is_new('lifecycle') }}
    union
    select costs.lead_id from {{ ref('int_lead_costs') }} as costs where {{ is_new('costs') }}
    union
    select verdicts.lead_id from {{ ref('lead_verdicts') }} as verdicts where {{ is_new('verdicts') }}
    union
    select members.row_id as lead_id from {{ ref('int_person_members') }} as members
    where members.kind = 'lead' and {{ is_new('members') }}
)

select
    leads.lead_id,
    members.person_id,
    leads.system,
    leads.email,
    leads.company,
    leads.title,
    leads.country,
    leads.account_id,
    leads.owner_id,
    leads.source,
    leads.campaign_id,
    leads.plan_campaign_id,
    leads.is_campaign_mapped,
    leads.segment,
    leads.company_segment,
    leads.score,
    leads.created_at,
    leads.created_date,
    leads.week_start,
    lifecycle.first_touch_at,
    lifecycle.first_touch_source,
    lifecycle.first_touch_campaign_id,
    lifecycle.last_touch_at,
    lifecycle.last_touch_source,
    lifecycle.last_touch_campaign_id,
    lifecycle.touches,
    lifecycle.handed_off_at,
    lifecycle.first_response_at,
    lifecycle.accepted_at,
    lifecycle.meeting_booked_at,
    lifecycle.meeting_held_at,
    lifecycle.opportunity_at,
    lifecycle.won_at,
    lifecycle.lost_at,
    lifecycle.rejected_at,
    lifecycle.recycled_at,
    lifecycle.disqualified_at,
    coalesce(lifecycle.opportunity_id, leads.opportunity_id) as opportunity_id,
    lifecycle.won_amount,
    lifecycle.lifecycle_stage,
    case when lifecycle.handed_off_at is not null then verdicts.verdict end as verdict,
    case when lifecycle.handed_off_at is not null then verdicts.defect_codes end as defect_codes,
    costs.attributed_cost,
    lifecycle.clock_defects,
    leads.merged_lead_ids,
    leads.duplicate_of_lead_id,
    leads.source_file,
    leads.source_line,
    leads.landed_at,
    {{ as_of() }} as _modelled_at
from {{ ref('int_leads') }} as leads
inner join {{ ref('int_lead_lifecycle') }} as lifecycle on leads.lead_id = lifecycle.lead_id
left join {{ ref('int_person_members') }} as members on 'lead:' || leads.lead_id = members.row_key
left join {{ ref('int_lead_costs') }} as costs on leads.lead_id = costs.lead_id
left join {{ ref('lead_verdicts') }} as verdicts on leads.lead_id = verdicts.lead_id and verdicts.is_latest
where leads.lead_id in (select candidates.lead_id from candidates)
