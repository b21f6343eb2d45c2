-- States of contacts; a history in history mode gives more of them.
{% set columns = [
    'id', 'account_id', 'email', 'first_name', 'last_name', 'title', 'phone', 'mobile_phone', 'mailing_country',
    'lead_source', 'owner_id', 'master_record_id', 'created_date', 'last_modified_date', 'system_modstamp',
    'is_deleted', '_fivetran_deleted', '_fivetran_active', '_fivetran_start', '_fivetran_synced', '_file', '_line',
    '_landed_at', 'landed_on'
] | join(', ') %}

with delivered as (
    select
        {{ columns }},
        has_opted_out_of_email,
        {{ custom_fields('salesforce.contact') }} as custom_fields
    from {{ landed('salesforce', 'contact') }}
    union all
    select
        {{ columns }},
        cast(null as boolean) as has_opted_out_of_email,
        cast(null as varchar) as custom_fields
    from {{ landed('salesforce', 'contact_history') }}
    where contact_id is null and _fivetran_start is not null
),

states as (
    select
        {{ prefixed_id('salesforce', 'id') }} as contact_id,
        {{ prefixed_id('salesforce', 'account_id') }} as account_id,
        created_date as created_at,
        {{ changed_at() }} as updated_at,
        email,
        first_name,
        last_name,
        title,
        coalesce(phone, mobile_phone) as phone,
        mailing_country as country,
        lead_source,
        {{ prefixed_id('salesforce', 'owner_id') }} as owner_id,
        case when has_opted_out_of_email then false end as consent,
        {{ is_gone() }} as is_deleted,
        {{ prefixed_id('salesforce', 'master_record_id') }} as merged_into_contact_id,
        custom_fields,
        {{ trace('salesforce') }}
    from delivered
)

{{ as_entity('contacts', 'states', table='salesforce.contact') }}
