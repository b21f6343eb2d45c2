-- Status and owner changes: from the property history (a lifecycle stage and a lead status are both statuses); without
-- one from what the contacts showed from synchronisation to synchronisation. There an 'unchanged' row stands for a state
-- in which the property had not changed.
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
        regexp_extract(source_id, '([0-9]+)$', 1) as changed_by,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'contact_property_history') }}
    where lower(name) in ({% for name in properties %}'{{ name }}'{{ ', ' if not loop.last }}{% endfor %})
    qualify row_number() over (
        partition by contact_id, lower(name), timestamp order by _landed_at desc, _file desc, _line desc
    ) = 1
),

has_history as (
    select exists(select 1 from {{ landed('hubspot', 'contact_property_history') }}) as is_there
),

states as (
    select
        *,
        coalesce(property_lastmodifieddate, _fivetran_synced, _landed_at) as updated_at,
        _file as source_file,
        _line as source_line
    from {{ landed('hubspot', 'contact') }}
    where not (select has_history.is_there from has_history)
),

{% for name, column in properties.items() -%}
{{ name }}_states as (
    select
        id as record_id,
        {{ column }} as value,
        updated_at,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from states
),

{{ name }}_changes as (
    {{ state_changes(name ~ '_states') }}
),

{% endfor -%}
users as (
    select
        active_user_id as user_id,
        {{ value_at('max', 'owner_id', '(_landed_at, _line)') }} as owner_id,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('hubspot', 'owner') }}
    where active_user_id is not null
    group by active_user_id
),

changes as (
    select
        contact_id,
        name,
        event_at,
        lag(value) over in_time as from_value,
        value as to_value,
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
        is_change,
        cast(null as varchar) as changed_by,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from {{ name }}_changes
    {%- endfor %}
),

events as (
    select
        'hubspot' as system,
        {{ prefixed_id('hubspot', "changes.contact_id || ':' || changes.name || ':' || " ~ instant_key('changes.event_at')) }}
            as event_id,
        {{ prefixed_id('hubspot', 'changes.contact_id') }} as lead_id,
        changes.event_at,
        case
            when not changes.is_change then 'unchanged'
            when changes.name = 'hubspot_owner_id' then 'owner'
            else 'status'
        end as event_type,
        case when changes.name = 'hubspot_owner_id' then {{ prefixed_id('hubspot', 'changes.from_value') }} else changes.from_value end
            as from_value,
        case when changes.name = 'hubspot_owner_id' then {{ prefixed_id('hubspot', 'changes.to_value') }} else changes.to_value end
            as to_value,
        {{ prefixed_id('hubspot', 'users.owner_id') }} as actor_id,
        changes.source_file,
        changes.source_line,
        greatest(changes._landed_at, users._landed_at) as _landed_at,
        greatest(changes.landed_on, users.landed_on) as landed_on
    from changes
    left join users on changes.changed_by = users.user_id
    where nullif(changes.to_value, '') is not null
)

{{ as_entity('lead_events', 'events', lacks=['reason']) }}
