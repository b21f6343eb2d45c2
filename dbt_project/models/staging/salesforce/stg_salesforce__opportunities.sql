with states as (
    select
        {{ prefixed_id('salesforce', 'id') }} as opportunity_id,
        {{ prefixed_id('salesforce', 'account_id') }} as account_id,
        {{ prefixed_id('salesforce', 'contact_id') }} as contact_id,
        name,
        stage_name as stage,
        amount,
        currency_iso_code as currency,
        {{ prefixed_id('salesforce', 'owner_id') }} as owner_id,
        created_date as created_at,
        {{ changed_at() }} as updated_at,
        close_date,
        {{ is_gone() }} as is_deleted,
        {{ custom_fields('salesforce.opportunity') }} as custom_fields,
        {{ trace('salesforce') }}
    from {{ landed('salesforce', 'opportunity') }}
)

-- The lead names its opportunity, not the other way round.
{{ as_entity('opportunities', 'states', lacks=['lead_id'], table='salesforce.opportunity') }}
