-- Entries into stages: from the deals' stages and their property history (the same change in both is one entry);
-- without either from what the deals showed from synchronisation to synchronisation.
with labels as (
    {{ hubspot_deal_stages() }}
),

users as (
    {{ hubspot_users() }}
),

history as (
    select
        deal_id,
        value as stage_id,
        coalesce(date_entered, _fivetran_start) as entered_at,
        source_id,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'deal_stage') }}
    union all
    select
        deal_id,
        value as stage_id,
        timestamp as entered_at,
        source_id,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'deal_property_history') }}
    where lower(name) = 'dealstage' and value is not null
),

states as (
    select
        deal_id as record_id,
        deal_pipeline_stage_id as value,
        cast(null as varchar) as reason,
        coalesce(property_hs_lastmodifieddate, _fivetran_synced, _landed_at) as updated_at,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'deal') }}
    where not exists (select 1 from history)
),

changes_of_states as (
    {{ state_changes('states') }}
),

entries as (
    select
        deal_id || ':' || {{ instant_key("date_trunc('second', entered_at)") }} || ':' || stage_id as history_id,
        deal_id,
        stage_id,
        entered_at,
        source_id,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from history
    where entered_at is not null
    union all
    select
        record_id || ':' || {{ instant_key('updated_at') }} as history_id,
        record_id as deal_id,
        case when is_change then to_value end as stage_id,
        updated_at as entered_at,
        cast(null as varchar) as source_id,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from changes_of_states
),

stages as (
    select
        'hubspot' as system,
        {{ prefixed_id('hubspot', 'entries.history_id') }} as history_id,
        {{ prefixed_id('hubspot', 'entries.deal_id') }} as opportunity_id,
        coalesce(labels.label, entries.stage_id) as stage,
        entries.entered_at,
        {{ prefixed_id('hubspot', 'users.owner_id') }} as actor_id,
        entries.source_file,
        entries.source_line,
        greatest(entries._landed_at, labels._landed_at, users._landed_at) as _landed_at,
        greatest(entries.landed_on, labels.landed_on, users.landed_on) as landed_on
    from entries
    left join labels on entries.stage_id = labels.stage_id
    left join users on {{ hubspot_user_id('entries.source_id') }} = users.user_id
)

-- Who moved a deal is known where it was a user who is an owner; what an automation moved, nobody did.
{{ as_entity('opportunity_stages', 'stages', lacks=['amount']) }}
