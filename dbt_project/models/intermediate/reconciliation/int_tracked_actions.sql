{{ config(materialized='ephemeral') }}

with touches as (
    select touches.* from {{ ref('int_lead_touches') }} as touches
    where
        touches.touch_type in ('ad_click', 'form_fill')
        {%- if reconciled_before() %}
        and (
            {{ is_reconciled_person("'touch:' || touches.touch_id") }}
            {%- for kind, id in [('lead', 'lead_id'), ('form_fill', 'touch_id'), ('visitor', 'visitor_id')] %}
            or touches.{{ id }} in (
                select members.row_id from {{ ref('int_person_members') }} as members
                where members.kind = '{{ kind }}' and {{ is_reconciled_person('members.anchor') }}
            )
            {%- endfor %}
        )
        {%- endif %}
),

actions as (
    {{ tracked_actions('touches') }}
)

-- The actions of the persons that are computed.
select * from actions
where {{ is_reconciled_person('person') }}
