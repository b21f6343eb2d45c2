-- A deal's contact is the one among its contacts that was created first (ids ascend), its stage the label that the
-- pipeline gives the id. A deal that was merged into another is deleted.
with contacts as (
    select
        deal_id,
        {{ value_at('min', 'contact_id', '(length(contact_id), contact_id)') }} as contact_id,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('hubspot', 'deal_contact') }}
    where not coalesce(_fivetran_deleted, false)
    group by deal_id
),

companies as (
    select
        deal_id,
        {{ value_at('min', 'company_id', '(length(company_id), company_id)') }} as company_id,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('hubspot', 'deal_company') }}
    where not coalesce(_fivetran_deleted, false)
    group by deal_id
),

stages as (
    {{ hubspot_deal_stages() }}
),

merged as (
    select
        merged_deal_id,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('hubspot', 'merged_deal') }}
    where not coalesce(_fivetran_deleted, false)
    group by merged_deal_id
),

states as (
    select
        {{ prefixed_id('hubspot', 'deals.deal_id') }} as opportunity_id,
        {{ prefixed_id('hubspot', 'companies.company_id') }} as account_id,
        {{ prefixed_id('hubspot', 'contacts.contact_id') }} as lead_id,
        deals.property_dealname as name,
        coalesce(stages.label, deals.deal_pipeline_stage_id) as stage,
        deals.property_amount as amount,
        deals.property_deal_currency_code as currency,
        {{ prefixed_id('hubspot', 'deals.owner_id') }} as owner_id,
        deals.property_createdate as created_at,
        coalesce(deals.property_hs_lastmodifieddate, deals._fivetran_synced, deals._landed_at) as updated_at,
        cast({{ business_date('deals.property_closedate') }} as date) as close_date,
        coalesce(deals.is_deleted, false) or coalesce(deals._fivetran_deleted, false)
        or merged.merged_deal_id is not null as is_deleted,
        {{ custom_fields('hubspot.deal') }} as custom_fields,
        {{ trace('hubspot', 'deals', joined=['contacts', 'companies', 'stages', 'merged']) }}
    from {{ landed('hubspot', 'deal') }} as deals
    left join contacts on deals.deal_id = contacts.deal_id
    left join companies on deals.deal_id = companies.deal_id
    left join stages on deals.deal_pipeline_stage_id = stages.stage_id
    left join merged on deals.deal_id = merged.merged_deal_id
)

{{ as_entity('opportunities', 'states', lacks=['contact_id'], table='hubspot.deal') }}
