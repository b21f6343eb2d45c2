{{ config(
    materialized='incremental',
    unique_key='row_key',
    pre_hook="{% if is_incremental() %}
        delete from {{ this }} where
            (kind = 'form_fill' and row_id not in (
                select touches.touch_id from {{ ref('int_touches') }} as touches where touches.touch_type = 'form_fill'
            ))
            or (kind = 'visitor' and row_id not in (select visitors.visitor_id from {{ ref('int_visitors') }} as visitors))
    {% endif %}"
) }}

-- Every source row that may be a person's (lead, contact, form fill, visitor), and the keys by which it is joined.
with emails as (
    select
        address,
        email,
        is_valid,
        is_role,
        is_internal,
        case when is_valid and not is_role then 'email:' || email end as email_key,
        _modelled_at
    from {{ ref('int_email_addresses') }}
),

leads as (
    select
        'lead' as kind,
        records.lead_id as row_id,
        records.system,
        records.created_at,
        coalesce(records.is_deleted, false) as is_deleted,
        false as is_copied,
        -- A copy in another CRM is of whom its original is.
        'lead:' || coalesce(
            records.merged_into_lead_id,
            case
                when coalesce(identities.copied_until, identities.copied_from) is not null then identities.lead_id
            end
        ) as merge_key,
        'contact:' || records.contact_id as conversion_key,
        emails.email_key,
        cast(null as varchar) as user_key,
        cast(null as varchar) as lead_key,
        cast(null as varchar) as visitor_key,
        {{ lookup('records.email') }} as address,
        records.source_file,
        records.source_line
    from {{ ref('int_lead_records') }} as records
    left join {{ ref('int_lead_identity') }} as identities on records.lead_id = identities.source_lead_id
    left join emails on {{ lookup('records.email') }} = emails.address
    where {{ is_new('records') }} or {{ is_new('identities') }} or {{ is_new('emails') }}
),

contacts as (
    select
        'contact' as kind,
        contacts.contact_id as row_id,
        contacts.system,
        contacts.created_at,
        coalesce(contacts.is_deleted, false) as is_deleted,
        false as is_copied,
        'contact:' || contacts.merged_into_contact_id as merge_key,
        cast(null as varchar) as conversion_key,
        emails.email_key,
        cast(null as varchar) as user_key,
        cast(null as varchar) as lead_key,
        cast(null as varchar) as visitor_key,
        {{ lookup('contacts.email') }} as address,
        contacts.source_file,
        contacts.source_line
    from {{ ref('int_contacts') }} as contacts
    left join emails on {{ lookup('contacts.email') }} = emails.address
    where {{ is_new('contacts') }} or {{ is_new('emails') }}
),

-- A form fill that says nothing of itself is that of its browser; one that was copied from a CRM that was left says who
-- filled it in there (is_copied), and joins nobody.
form_fills as (
    select
        'form_fill' as kind,
        touches.touch_id as row_id,
        touches.system,
        touches.occurred_at as created_at,
        false as is_deleted,
        touches.is_copied,
        cast(null as varchar) as merge_key,
        case when not touches.is_copied then 'contact:' || touches.contact_id end as conversion_key,
        emails.email_key,
        'user:' || touches.user_id as user_key,
        'lead:' || touches.lead_id as lead_key,
        case
            when coalesce(touches.contact_id, emails.email_key, touches.user_id, touches.lead_id) is null
                then 'visitor:' || touches.visitor_id
        end as visitor_key,
        {{ lookup('touches.email') }} as address,
        touches.source_file,
        touches.source_line
    from {{ ref('int_touches') }} as touches
    left join emails on {{ lookup('touches.email') }} = emails.address
    where touches.touch_type = 'form_fill' and ({{ is_new('touches') }} or {{ is_new('emails') }})
),

visitors as (
    select
        'visitor' as kind,
        visitors.visitor_id as row_id,
        visitors.system,
        visitors.occurred_at as created_at,
        false as is_deleted,
        false as is_copied,
        cast(null as varchar) as merge_key,
        visitors.conversion_key,
        visitors.email_key,
        visitors.user_key,
        visitors.lead_key,
        cast(null as varchar) as visitor_key,
        cast(null as varchar) as address,
        visitors.source_file,
        visitors.source_line
    from {{ ref('int_visitors') }} as visitors
    where {{ is_new('visitors') }}
),

source_rows as (
    select * from leads
    union all
    select * from contacts
    union all
    select * from form_fills
    union all
    select * from visitors
)

select
    source_rows.kind || ':' || source_rows.row_id as row_key,
    source_rows.* exclude (address),
    emails.email,
    case
        when emails.address is null then 'none'
        when not emails.is_valid then 'invalid'
        when emails.is_internal then 'internal'
        when emails.is_role then 'role'
        else 'personal'
    end as email_kind,
    {{ as_of() }} as _modelled_at
from source_rows
left join emails on source_rows.address = emails.address
