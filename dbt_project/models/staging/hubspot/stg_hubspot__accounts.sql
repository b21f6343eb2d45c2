with states as (
    select
        {{ prefixed_id('hubspot', 'id') }} as account_id,
        property_name as name,
        {{ web_domain('property_domain') }} as domain,
        property_industry as industry,
        property_numberofemployees as employees,
        property_country as country,
        {{ prefixed_id('hubspot', 'property_hubspot_owner_id') }} as owner_id,
        property_createdate as created_at,
        coalesce(property_hs_lastmodifieddate, _fivetran_synced, _landed_at) as updated_at,
        lower(property_lifecyclestage) = 'customer' as is_customer,
        {{ custom_fields('hubspot.company') }} as custom_fields,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'company') }}
)

{{ as_entity('accounts', 'states', lacks=['segment'], table='hubspot.company') }}
