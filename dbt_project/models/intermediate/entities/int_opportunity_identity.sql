{{ config(materialized='incremental', unique_key='source_opportunity_id', meta={'holds_all': true}) }}

-- Which opportunity a delivered opportunity id stands for: a copy in the CRM that the company moved to stands for its
-- original, which has the same name and the same lead. A lead is the one that the opportunity names, else the one that
-- names it, else the one that became its contact.
with converted as (
    select
        records.opportunity_id,
        min(identities.lead_id) as lead_id
    from {{ ref('int_lead_records') }} as records
    inner join {{ ref('int_lead_identity') }} as identities on records.lead_id = identities.source_lead_id
    where records.opportunity_id is not null
    group by records.opportunity_id
),

contact_leads as (
    {{ leads_by_contact() }}
),

linked as (
    select
        records.*,
        coalesce(identities.lead_id, converted.lead_id, contact_leads.lead_id) as lead_id
    from {{ ref('int_opportunity_records') }} as records
    left join {{ ref('int_lead_identity') }} as identities on records.source_lead_id = identities.source_lead_id
    left join converted on records.opportunity_id = converted.opportunity_id
    left join contact_leads on records.contact_id = contact_leads.contact_id
),

comparable as (
    select
        opportunity_id as id,
        system,
        created_at,
        lead_id || ': ' || coalesce({{ lookup('name') }}, '') as sameness,
        {{ custom_field('moved_from_id') }} as moved_from_id,
        {{ custom_field('synced_with_id') }} as synced_with_id,
        cast(null as varchar) as contact_id
    from linked
),

copies as (
    {{ copies_of_moved('comparable') }}
)

select
    linked.opportunity_id as source_opportunity_id,
    coalesce(copies.original_id, linked.opportunity_id) as opportunity_id,
    copies.copied_until,
    copies.copied_from,
    linked.source_file,
    linked.source_line,
    {{ as_of() }} as _modelled_at
from linked
left join copies on linked.opportunity_id = copies.copy_id
