-- Status and owner changes: from the property history (a lifecycle stage and a lead status are both statuses); without
-- one from what the contacts showed from synchronisation to synchronisation. There an 'unchanged' row stands for a
-- state in which the property had not changed. The reason of a change is the contact's custom field `reason`: as the
-- history has it in the same second, else as the contact showed it with that status.
{% set reason_property = custom_field_map('hubspot.contact').get('reason', '') | lower | replace('property_', '', 1) -%}
{% set properties = {
    'lifecyclestage': 'property_lifecyclestage',
    'hs_lead_status': 'property_hs_lead_status',
    'hubspot_owner_id': 'property_hubspot_owner_id',
} %}

with history as (
    select
        contact_id,
        lower(name) as name,
        value,
        timestamp as event_at,
        {{ hubspot_user_id('source_id') }} as changed_by,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'contact_property_history') }}
    where list_contains(string_split('{{ properties | join(' ') }}', ' '), lower(name))
    qualify row_number() over (
        partition by contact_id, lower(name), timestamp order by _landed_at desc, _file desc, _line desc
    ) = 1
),

reasons_tracked as (
    select
        contact_id,
        date_trunc('second', timestamp) as event_second,
        {{ value_at('max', 'value', '(_landed_at, _file, _line)') }} as reason,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('hubspot', 'contact_property_history') }}
    where lower(name) = '{{ reason_property }}' and nullif(value, '') is not null
    group by contact_id, date_trunc('second', timestamp)
),

has_history as (
    select exists(select 1 from {{ landed('hubspot', 'contact_property_history') }}) as is_there
),

states as (
    select
        *,
        {{ custom_field('reason', custom_fields('hubspot.contact')) }} as reason,
        coalesce(property_lastmodifieddate, _fivetran_synced, _landed_at) as updated_at,
        _file as source_file,
        _line as source_line
    from {{ landed('hubspot', 'contact') }}
),

{% for name, column in properties.items() -%}
{{ name }}_states as (
    select
        id as record_id,
        {{ column }} as value,
        reason,
        updated_at,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from states
    where not (select has_history.is_there from has_history)
),

{{ name }}_changes as (
    {{ state_changes(name ~ '_states') }}
),

{% endfor -%}
users as (
    {{ hubspot_users() }}
),

shown_statuses as (
    select
        id as lead_id,
        unnest([property_lifecyclestage, property_hs_lead_status]) as status,
        reason,
        updated_at,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from states
),

status_history as (
    select
        contact_id || ':' || name || ':' || {{ instant_key('event_at') }} as event_id,
        contact_id as lead_id,
        event_at,
        value as to_value
    from history
    where name <> 'hubspot_owner_id'
),

reasons_of_contacts as (
    {{ reasons_shown('status_history', 'shown_statuses') }}
),

changes as (
    select
        contact_id,
        name,
        event_at,
        lag(value) over in_time as from_value,
        value as to_value,
        cast(null as varchar) as reason,
        true as is_change,
        changed_by,
        source_file,
        source_line,
        greatest(_landed_at, lag(_landed_at) over in_time) as _landed_at,
        greatest(landed_on, lag(landed_on) over in_time) as landed_on
    from history
    window in_time as (partition by contact_id, name order by event_at)
    {%- for name in properties %}
    union all
    select
        record_id as contact_id,
        '{{ name }}' as name,
        updated_at as event_at,
        from_value,
        to_value,
        case when '{{ name }}' <> 'hubspot_owner_id' then reason end as reason,
        is_change,
        cast(null as varchar) as changed_by,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from {{ name }}_changes
    {%- endfor %}
),

keyed as (
    select
        *,
        contact_id || ':' || name || ':' || {{ instant_key('event_at') }} as event_id,
        name = 'hubspot_owner_id' as is_owner
    from changes
    where nullif(to_value, '') is not null
),

events as (
    select
        'hubspot' as system,
        {{ prefixed_id('hubspot', 'keyed.event_id') }} as event_id,
        {{ prefixed_id('hubspot', 'keyed.contact_id') }} as lead_id,
        keyed.event_at,
        case
            when not keyed.is_change then 'unchanged'
            when keyed.is_owner then 'owner'
            else 'status'
        end as event_type,
        case when keyed.is_owner then {{ prefixed_id('hubspot', 'keyed.from_value') }} else keyed.from_value end
            as from_value,
        case when keyed.is_owner then {{ prefixed_id('hubspot', 'keyed.to_value') }} else keyed.to_value end
            as to_value,
        {{ prefixed_id('hubspot', 'users.owner_id') }} as actor_id,
        coalesce(
            keyed.reason,
            case when not keyed.is_owner then reasons_tracked.reason end,
            reasons_of_contacts.reason
        ) as reason,
        keyed.source_file,
        keyed.source_line,
        greatest(
            keyed._landed_at, users._landed_at, reasons_tracked._landed_at, reasons_of_contacts._landed_at
        ) as _landed_at,
        greatest(keyed.landed_on, users.landed_on, reasons_tracked.landed_on, reasons_of_contacts.landed_on)
            as landed_on
    from keyed
    left join users on keyed.changed_by = users.user_id
    left join reasons_tracked
        on
            keyed.contact_id = reasons_tracked.contact_id
            and date_trunc('second', keyed.event_at) = reasons_tracked.event_second
    left join reasons_of_contacts on keyed.event_id = reasons_of_contacts.event_id
)

{{ as_entity('lead_events', 'events') }}
