-- Entries into stages: from the history, as the object (a row per change) or in history mode (a row per version);
-- without one from what the opportunities showed from synchronisation to synchronisation. A row that changed something
-- else enters no stage.
with history as (
    select
        coalesce(opportunity_id, id) as record_id,
        case
            when opportunity_id is null then id || ':' || {{ instant_key('_fivetran_start') }}
            else id
        end as history_id,
        stage_name as value,
        case
            when opportunity_id is null then least(_fivetran_start, last_modified_date)
            else created_date
        end as updated_at,
        amount,
        created_by_id,
        {{ trace('salesforce') }}
    from {{ landed('salesforce', 'opportunity_history') }}
    where not coalesce(is_deleted and opportunity_id is not null, false)
),

states as (
    select
        id as record_id,
        stage_name as value,
        cast(null as varchar) as reason,
        {{ changed_at() }} as updated_at,
        amount,
        {{ trace('salesforce') }}
    from {{ landed('salesforce', 'opportunity') }}
    where not exists (select 1 from history)
),

rows_of_history as (
    select * from history
    where updated_at is not null
    qualify row_number() over (
        partition by record_id, history_id order by _landed_at desc, source_file desc, source_line desc
    ) = 1
),

history_changes as (
    select
        history_id,
        record_id,
        value,
        updated_at as entered_at,
        created_by_id,
        amount,
        coalesce(value <> lag(value) over in_time, value is not null) as is_change,
        source_file,
        source_line,
        greatest(_landed_at, lag(_landed_at) over in_time) as _landed_at,
        greatest(landed_on, lag(landed_on) over in_time) as landed_on
    from rows_of_history
    window in_time as (partition by record_id order by updated_at, history_id)
),

changes_of_states as (
    {{ state_changes('states') }}
),

entries as (
    select
        history_id,
        record_id,
        case when is_change then value end as stage,
        entered_at,
        created_by_id,
        amount,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from history_changes
    union all
    select
        record_id || ':' || {{ instant_key('updated_at') }} as history_id,
        record_id,
        case when is_change then to_value end as stage,
        updated_at as entered_at,
        cast(null as varchar) as created_by_id,
        cast(null as decimal(18, 4)) as amount,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from changes_of_states
),

stages as (
    select
        'salesforce' as system,
        {{ prefixed_id('salesforce', 'history_id') }} as history_id,
        {{ prefixed_id('salesforce', 'record_id') }} as opportunity_id,
        stage,
        entered_at,
        {{ prefixed_id('salesforce', 'created_by_id') }} as actor_id,
        amount,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from entries
)

{{ as_entity('opportunity_stages', 'stages') }}
