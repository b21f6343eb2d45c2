{{ config(materialized='ephemeral') }}
{%- set before = reconciled_before() %}

-- The weeks of a source's campaign in which clicks may count otherwise than they stand: where something is charged or
-- clicked anew, and where what changed was counted before.
{% if before -%}
with changed_spend as (
    select spend_rows.* from {{ ref('int_ad_spend') }} as spend_rows where {{ is_newer('spend_rows', before) }}
),

charged as (
    {%- for reason in ["'matched'", "'unexplained'"] %}
    select {{ charged_record_id(reason) }} as record_id from {{ ref('int_ad_spend') }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
)

select
    week_start,
    source,
    coalesce(plan_campaign_id, 'unmapped') as campaign_id
from changed_spend
union
select
    week_start,
    source,
    campaign_id
from {{ ref('int_tracked_actions') }}
where touch_type = 'ad_click'
union
select
    standing.week_start,
    standing.source,
    standing.campaign_id
from {{ before }} as standing
where
    standing.joint = 'platform_clicks_to_clicks'
    and (
        {{ is_reconciled_person('standing._person') }}
        or (standing.side = 'left' and standing.record_id not in (select charged.record_id from charged))
        {%- for reason in ["'matched'", "'unexplained'"] %}
        or standing.record_id in (select {{ charged_record_id(reason) }} from changed_spend)
        {%- endfor %}
    )
{%- else -%}
select
    cast(null as date) as week_start,
    cast(null as varchar) as source,
    cast(null as varchar) as campaign_id
where false
{%- endif %}
