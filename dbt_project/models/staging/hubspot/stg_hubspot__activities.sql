-- Engagements. One with several contacts is one activity with each of them: the first keeps the engagement's id. A
-- meeting was booked when it was created, by its creator; whether it was held, its outcome says. What was deleted,
-- cancelled or is not done yet is void. Only a meeting that was held took time.
{% set kinds = {
    'call': ('call', "property_hs_call_disposition", "cast(round(property_hs_call_duration / 60000.0) as bigint)", 'false'),
    'communication': ('message', 'null', 'null', 'false'),
    'email': ('email', 'property_hs_email_status', 'null', 'false'),
    'note': ('note', 'null', 'null', 'false'),
    'task': ('task', 'property_hs_task_status', 'null', "coalesce(lower(property_hs_task_status) <> 'completed', true)"),
} %}

with {% for record in ['contact', 'company', 'deal'] -%}
{{ record }}_links as (
    {{ hubspot_associated(record, record ~ '_id') }}
),

{% endfor -%}
bookers as (
    {{ hubspot_users() }}
),

meetings as (
    select
        *,
        replace(lower(coalesce(property_hs_meeting_outcome, meeting_outcome)), ' ', '_') as outcome,
        coalesce(property_hs_meeting_start_time, start_time, property_hs_timestamp) as starts_at,
        coalesce(property_hs_meeting_end_time, end_time) as ends_at,
        coalesce(property_hs_createdate, start_time, property_hs_timestamp, _fivetran_synced) as booked_at
    from {{ landed('hubspot', 'engagement_meeting') }}
),

engagements as (
    {%- for kind, (activity_type, outcome, minutes, is_open) in kinds.items() %}
    select
        engagement_id,
        engagement_id as activity_id,
        '{{ activity_type }}' as activity_type,
        coalesce(property_hs_timestamp, property_hs_createdate, _fivetran_synced, _landed_at) as occurred_at,
        coalesce(property_hs_lastmodifieddate, _fivetran_synced, _landed_at) as updated_at,
        property_hubspot_owner_id as owner_id,
        cast({{ outcome }} as varchar) as outcome,
        cast({{ minutes }} as bigint) as minutes,
        {{ is_open }} or coalesce(_fivetran_deleted, false) as is_void,
        {{ trace('hubspot') }}
    from {{ landed('hubspot', 'engagement_' ~ kind) }}
    union all
    {%- endfor %}
    select
        meetings.engagement_id,
        meetings.engagement_id || ':booked' as activity_id,
        'meeting_booked' as activity_type,
        meetings.booked_at as occurred_at,
        coalesce(meetings.property_hs_lastmodifieddate, meetings._fivetran_synced, meetings._landed_at) as updated_at,
        coalesce(bookers.owner_id, meetings.property_hubspot_owner_id) as owner_id,
        meetings.outcome,
        cast(null as bigint) as minutes,
        coalesce(meetings._fivetran_deleted, false) as is_void,
        {{ trace('hubspot', 'meetings', joined=['bookers']) }}
    from meetings
    left join bookers on meetings.property_hs_created_by_user_id = bookers.user_id
    union all
    select
        engagement_id,
        engagement_id as activity_id,
        case when outcome = 'no_show' then 'meeting_no_show' else 'meeting_held' end as activity_type,
        starts_at as occurred_at,
        coalesce(property_hs_lastmodifieddate, _fivetran_synced, _landed_at) as updated_at,
        property_hubspot_owner_id as owner_id,
        outcome,
        case when outcome <> 'no_show' then {{ minutes_between('starts_at', 'ends_at') }} end as minutes,
        coalesce(outcome not in ('completed', 'no_show'), true)
        or starts_at is null or coalesce(_fivetran_deleted, false) as is_void,
        {{ trace('hubspot') }}
    from meetings
),

activities as (
    select
        engagements.system,
        {{ prefixed_id('hubspot', "engagements.activity_id
            || case when coalesce(contact_links.place, 1) > 1 then ':' || contact_links.record_id else '' end") }}
            as activity_id,
        engagements.activity_type,
        coalesce(engagements.occurred_at, engagements.updated_at) as occurred_at,
        engagements.updated_at,
        {{ prefixed_id('hubspot', 'contact_links.record_id') }} as lead_id,
        {{ prefixed_id('hubspot', 'company_links.record_id') }} as account_id,
        {{ prefixed_id('hubspot', 'deal_links.record_id') }} as opportunity_id,
        {{ prefixed_id('hubspot', 'engagements.owner_id') }} as owner_id,
        engagements.outcome,
        engagements.minutes,
        engagements.is_void,
        engagements.source_file,
        engagements.source_line,
        greatest(
            engagements._landed_at, contact_links._landed_at, company_links._landed_at, deal_links._landed_at
        ) as _landed_at,
        greatest(engagements.landed_on, contact_links.landed_on, company_links.landed_on, deal_links.landed_on)
            as landed_on
    from engagements
    left join contact_links on engagements.engagement_id = contact_links.engagement_id
    left join company_links on engagements.engagement_id = company_links.engagement_id and company_links.place = 1
    left join deal_links on engagements.engagement_id = deal_links.engagement_id and deal_links.place = 1
)

{{ as_entity('activities', 'activities', lacks=['contact_id']) }}
