-- Tasks that were done, and calendar events: booked when they were created, held once their start has passed unless
-- somebody said no-show. Who made the event booked it, often into somebody else's calendar. What was deleted or is
-- still to be done is void; but a meeting that was deleted (who cancels one deletes it) was booked all the same. Only a
-- meeting that was held took time.
with tasks as (
    select
        id as activity_id,
        case
            when lower(task_subtype) = 'call' or lower(type) like '%call%' then 'call'
            when lower(task_subtype) in ('email', 'listemail') or lower(type) similar to '.*e-?mail.*' then 'email'
            when lower(type) like '%meeting%' and no_show_c then 'meeting_no_show'
            when lower(type) like '%meeting%' then 'meeting_held'
            else 'task'
        end as activity_type,
        coalesce(completed_date_time, greatest(created_date, activity_date)) as occurred_at,
        {{ changed_at('tasks') | replace('tasks._fivetran_start', 'null') }} as updated_at,
        who_id,
        what_id,
        account_id,
        owner_id,
        coalesce(call_disposition, status) as outcome,
        cast(round(call_duration_in_seconds / 60.0) as bigint) as minutes,
        {{ is_gone('tasks', has_history=false) }}
        or not coalesce(is_closed, lower(status) = 'completed', completed_date_time is not null) as is_void,
        {{ trace('salesforce', 'tasks') }}
    from {{ landed('salesforce', 'task') }} as tasks
),

meetings as (
    select
        *,
        coalesce(start_date_time, activity_date_time, activity_date) as starts_at,
        {{ changed_at('events') | replace('events._fivetran_start', 'null') }} as updated_at,
        {{ is_gone('events', has_history=false) }} or coalesce(is_child, false) as is_void
    from {{ landed('salesforce', 'event') }} as events
),

raw_activities as (
    select * from tasks
    union all
    select
        id || ':booked' as activity_id,
        'meeting_booked' as activity_type,
        created_date as occurred_at,
        updated_at,
        who_id,
        what_id,
        account_id,
        coalesce(created_by_id, owner_id) as owner_id,
        cast(null as varchar) as outcome,
        cast(null as bigint) as minutes,
        coalesce(is_child, false) as is_void,
        {{ trace('salesforce') }}
    from meetings
    union all
    -- Whether a meeting took place is known when its time has come, so that is when it lands.
    select
        id as activity_id,
        case when no_show_c then 'meeting_no_show' else 'meeting_held' end as activity_type,
        starts_at as occurred_at,
        updated_at,
        who_id,
        what_id,
        account_id,
        owner_id,
        cast(null as varchar) as outcome,
        case when not coalesce(no_show_c, false) then cast(duration_in_minutes as bigint) end as minutes,
        is_void,
        'salesforce' as system,
        _file as source_file,
        _line as source_line,
        greatest(_landed_at, starts_at) as _landed_at,
        greatest(landed_on, cast(starts_at as date)) as landed_on
    from meetings
),

activities as (
    select
        system,
        {{ prefixed_id('salesforce', 'activity_id') }} as activity_id,
        activity_type,
        occurred_at,
        updated_at,
        case when who_id like '00Q%' then {{ prefixed_id('salesforce', 'who_id') }} end as lead_id,
        case when who_id like '003%' then {{ prefixed_id('salesforce', 'who_id') }} end as contact_id,
        {{ prefixed_id('salesforce', "coalesce(account_id, case when what_id like '001%' then what_id end)") }}
            as account_id,
        case when what_id like '006%' then {{ prefixed_id('salesforce', 'what_id') }} end as opportunity_id,
        {{ prefixed_id('salesforce', 'owner_id') }} as owner_id,
        outcome,
        minutes,
        is_void or occurred_at is null as is_void,
        source_file,
        source_line,
        _landed_at,
        landed_on
    from raw_activities
)

{{ as_entity('activities', 'activities') }}
