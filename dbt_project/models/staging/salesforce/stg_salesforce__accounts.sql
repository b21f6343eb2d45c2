with states as (
    select
        {{ prefixed_id('salesforce', 'id') }} as account_id,
        name,
        {{ web_domain('website') }} as domain,
        industry,
        number_of_employees as employees,
        billing_country as country,
        {{ prefixed_id('salesforce', 'owner_id') }} as owner_id,
        created_date as created_at,
        {{ changed_at() }} as updated_at,
        lower(type) like 'customer%' as is_customer,
        {{ custom_fields('salesforce.account') }} as custom_fields,
        {{ trace('salesforce') }}
    from {{ landed('salesforce', 'account') }}
)

{{ as_entity('accounts', 'states', lacks=['segment'], table='salesforce.account') }}
