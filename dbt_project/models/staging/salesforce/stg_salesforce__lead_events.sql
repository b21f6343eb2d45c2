-- Status and owner changes: from the field history, which says nothing of what a lead was created with (the first old
-- value does, else its first state); without a history from what the leads showed from synchronisation to
-- synchronisation. There an 'unchanged' row stands for a state in which neither had changed. The reason of a change is
-- the lead's custom field `reason`: as tracked in the same instant, else as the lead showed it with that status.
{% set reason_field = custom_field_map('salesforce.lead').get('reason', '') | lower -%}

with delivered_history as (
    select * from {{ landed('salesforce', 'lead_history') }}
    where not coalesce(is_deleted, false) and created_date is not null
),

history as (
    select
        lead_id,
        case when lower(field) = 'status' then 'status' else 'owner' end as event_type,
        coalesce(id, lead_id || ':' || lower(field) || ':' || {{ instant_key('created_date') }}) as event_id,
        old_value,
        new_value,
        created_date as event_at,
        created_by_id,
        {{ trace('salesforce') }}
    from delivered_history
    -- A change of owner comes twice, with names and with ids.
    where
        lower(field) = 'status'
        or (
            lower(field) in ('owner', 'ownerid')
            and regexp_full_match(coalesce(new_value, old_value), '00[5G][A-Za-z0-9]{12,15}')
        )
),

reasons_tracked as (
    select
        lead_id,
        created_date as event_at,
        {{ value_at('max', 'new_value', '(_landed_at, _file, _line)') }} as reason,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from delivered_history
    where replace(lower(field), '__c', '_c') = '{{ reason_field }}' and new_value is not null
    group by lead_id, created_date
),

has_history as (
    select exists(select 1 from {{ landed('salesforce', 'lead_history') }}) as is_there
),

states as (
    select
        id as lead_id,
        status,
        owner_id,
        {{ custom_field('reason', custom_fields('salesforce.lead')) }} as reason,
        created_date,
        {{ changed_at() }} as updated_at,
        {{ trace('salesforce') }}
    from {{ landed('salesforce', 'lead') }}
),

{% set first_state = '(updated_at, _landed_at, source_file, source_line)' -%}
first_states as (
    select
        lead_id,
        min(created_date) as created_date,
        {{ value_at('min', 'status', first_state) }} as status,
        {{ value_at('min', 'owner_id', first_state) }} as owner_id,
        {{ value_at('min', 'source_file', first_state) }} as source_file,
        {{ value_at('min', 'source_line', first_state) }} as source_line,
        {{ value_at('min', '_landed_at', first_state) }} as _landed_at,
        {{ value_at('min', 'landed_on', first_state) }} as landed_on
    from states
    where (select has_history.is_there from has_history)
    group by lead_id
),

first_changes as (
    select
        lead_id,
        event_type,
        {{ value_at('min', 'old_value', '(event_at, event_id)') }} as old_value,
        {{ value_at('min', '_landed_at', '(event_at, event_id)') }} as _landed_at,
        {{ value_at('min', 'landed_on', '(event_at, event_id)') }} as landed_on
    from history
    group by lead_id, event_type
),

{% for type, column in [('status', 'status'), ('owner', 'owner_id')] -%}
{{ type }}_at_creation as (
    select
        leads.lead_id || ':created:{{ type }}' as event_id,
        leads.lead_id,
        leads.created_date as event_at,
        '{{ type }}' as event_type,
        cast(null as varchar) as from_value,
        coalesce(changes.old_value, leads.{{ column }}) as to_value,
        cast(null as varchar) as actor_id,
        cast(null as varchar) as reason,
        leads.source_file,
        leads.source_line,
        greatest(leads._landed_at, changes._landed_at) as _landed_at,
        greatest(leads.landed_on, changes.landed_on) as landed_on
    from first_states as leads
    left join first_changes as changes on leads.lead_id = changes.lead_id and changes.event_type = '{{ type }}'
),

{{ type }}_states as (
    select
        lead_id as record_id,
        {{ column }} as value,
        {{ 'reason' if type == 'status' else 'cast(null as varchar)' }} as reason,
        updated_at,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from states
    where not (select has_history.is_there from has_history)
),

{{ type }}_changes as (
    {{ state_changes(type ~ '_states') }}
),

{% endfor -%}
status_history as (
    select
        event_id,
        lead_id,
        event_at,
        new_value as to_value
    from history
    where event_type = 'status'
),

reasons_of_leads as (
    {{ reasons_shown('status_history', 'states') }}
),

raw_events as (
    select
        history.event_id,
        history.lead_id,
        history.event_at,
        history.event_type,
        history.old_value as from_value,
        history.new_value as to_value,
        history.created_by_id as actor_id,
        coalesce(reasons_tracked.reason, reasons_of_leads.reason) as reason,
        history.source_file,
        history.source_line,
        greatest(history._landed_at, reasons_tracked._landed_at, reasons_of_leads._landed_at) as _landed_at,
        greatest(history.landed_on, reasons_tracked.landed_on, reasons_of_leads.landed_on) as landed_on
    from history
    left join reasons_tracked
        on
            history.lead_id = reasons_tracked.lead_id
            and history.event_at = reasons_tracked.event_at
            and history.event_type = 'status'
    left join reasons_of_leads on history.event_id = reasons_of_leads.event_id
    {%- for type in ['status', 'owner'] %}
    union all
    select * from {{ type }}_at_creation
    union all
    select
        record_id || ':{{ type }}:' || {{ instant_key('updated_at') }} as event_id,
        record_id as lead_id,
        updated_at as event_at,
        case when is_change then '{{ type }}' else 'unchanged' end as event_type,
        from_value,
        to_value,
        cast(null as varchar) as actor_id,
        reason,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from {{ type }}_changes
    {%- endfor %}
),

events as (
    select
        'salesforce' as system,
        {{ prefixed_id('salesforce', 'event_id') }} as event_id,
        {{ prefixed_id('salesforce', 'lead_id') }} as lead_id,
        event_at,
        event_type,
        case when event_type = 'owner' then {{ prefixed_id('salesforce', 'from_value') }} else from_value end
            as from_value,
        case when event_type = 'owner' then {{ prefixed_id('salesforce', 'to_value') }} else to_value end as to_value,
        {{ prefixed_id('salesforce', 'actor_id') }} as actor_id,
        reason,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from raw_events
    where to_value is not null
)

{{ as_entity('lead_events', 'events') }}
