{{ config(materialized='ephemeral') }}

with members as (
    select
        kind,
        row_id
    from {{ ref('int_person_members') }}
    where {{ is_reconciled_person('anchor') }}
),

touches as (
    select touches.* from {{ ref('int_lead_touches') }} as touches
    where
        touches.touch_type in ('ad_click', 'form_fill')
        and (
            {{ is_reconciled_person("'touch:' || touches.touch_id") }}
            or touches.lead_id in (select members.row_id from members where members.kind = 'lead')
            or touches.touch_id in (select members.row_id from members where members.kind = 'form_fill')
            or touches.visitor_id in (select members.row_id from members where members.kind = 'visitor')
        )
),

actions as (
    {{ tracked_actions('touches') }}
)

-- The actions of the persons that are computed.
select * from actions
where {{ is_reconciled_person('person') }}
