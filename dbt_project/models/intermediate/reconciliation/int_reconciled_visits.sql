{{ config(materialized='ephemeral') }}

-- Clicks that the tracker saw against form fills, within a person (whose forms the CRM may count, and whose browsers
-- may be several), else a browser. A fill belongs to the last click before it; the clicks before that one are the same
-- visitor's again, and so is another fill without a click between.
with visits as (
    select
        *,
        coalesce('visitor ' || visitor_id, 'the same person') as visitor
    from {{ ref('int_tracked_actions') }}
),

episodes as (
    select
        *,
        count(*) filter (where touch_type = 'form_fill') over (
            partition by person order by occurred_at, touch_type, record_id
            rows between unbounded preceding and 1 preceding
        ) as fills_before
    from visits
),

placed as (
    select
        *,
        row_number() over (
            partition by person, fills_before, touch_type order by occurred_at desc, record_id desc
        ) as place
    from episodes
),

sided as (
    select
        record_id,
        touch_type,
        occurred_at,
        week_start,
        person,
        source,
        campaign_id,
        system,
        source_file,
        source_line,
        case when place = 1 then person || '#' || fills_before end as pair_key,
        case
            when is_bot then 'bot'
            when is_internal then 'internal'
            when place > 1 or (touch_type = 'form_fill' and fills_before > 0) then 'duplicate'
        end as reason,
        case
            when place > 1 then visitor || ' clicked again'
            when touch_type = 'ad_click' then 'no form fill of the visitor since'
            when fills_before > 0 then visitor || ' had filled in a form before'
            else 'no ad click of the visitor before'
        end as detail
    from placed
),

clicks as (
    select * from sided where touch_type = 'ad_click'
),

fills as (
    select * from sided where touch_type = 'form_fill'
)

{{ both_sides('clicks_to_form_fills', 'clicks', 'fills') }}
