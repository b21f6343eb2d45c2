-- A lead's campaign is the first one that it was made a member of. What the vendor cannot tell: a segment and a score;
-- name custom fields of that name if there are such fields.
with first_campaigns as (
    select
        lead_id,
        {{ value_at('min', 'campaign_id', '(coalesce(first_responded_date, created_date), id)') }} as campaign_id,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('salesforce', 'campaign_member') }}
    where lead_id is not null and not coalesce(is_deleted, false)
    group by lead_id
),

states as (
    select
        {{ prefixed_id('salesforce', 'leads.id') }} as lead_id,
        leads.created_date as created_at,
        {{ changed_at('leads') }} as updated_at,
        leads.email,
        leads.first_name,
        leads.last_name,
        leads.title,
        coalesce(leads.phone, leads.mobile_phone) as phone,
        leads.company,
        {{ prefixed_id('salesforce', 'leads.converted_account_id') }} as account_id,
        {{ prefixed_id('salesforce', 'leads.converted_contact_id') }} as contact_id,
        leads.country,
        leads.industry,
        leads.number_of_employees as employees,
        leads.lead_source,
        first_campaigns.campaign_id,
        leads.status,
        {{ prefixed_id('salesforce', 'leads.owner_id') }} as owner_id,
        case when leads.has_opted_out_of_email then false end as consent,
        {{ is_gone('leads') }} as is_deleted,
        {{ prefixed_id('salesforce', 'leads.master_record_id') }} as merged_into_lead_id,
        {{ prefixed_id('salesforce', 'leads.converted_opportunity_id') }} as opportunity_id,
        leads.utm_source_c as utm_source,
        leads.utm_medium_c as utm_medium,
        leads.utm_campaign_c as utm_campaign,
        {{ custom_fields('salesforce.lead') }} as custom_fields,
        {{ trace('salesforce', 'leads', joined=['first_campaigns']) }}
    from {{ landed('salesforce', 'lead') }} as leads
    left join first_campaigns on leads.id = first_campaigns.lead_id
)

{{ as_entity('leads', 'states', lacks=['segment', 'score'], table='salesforce.lead') }}
