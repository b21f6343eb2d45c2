{{ config(materialized='incremental', unique_key='week_start', meta={'holds_all': true}) }}

{% set flows = [
    ('leads', 'created_at', 'true'),
    ('leads_with_clock_defects', 'created_at', 'clock_defects is not null'),
    ('handed_off', 'handed_off_at', 'true'),
    ('ready_leads', 'handed_off_at', "verdict = 'ready'"),
    ('defective_leads', 'handed_off_at', "verdict = 'defective'"),
    ('unevaluable_leads', 'handed_off_at', "verdict = 'unevaluable'"),
    ('won', 'won_at', 'true'),
] %}

-- Spend and what came of it, per campaign; what the plan does not know stands under campaign 'unmapped', in sight.
-- Ratios are of the same week: the week's spend over the week's count.
with leads as (
    select
        *,
        coalesce(plan_campaign_id, 'unmapped') as mapped_campaign_id
    from {{ ref('fct_leads') }}
    where lifecycle_stage <> 'deleted'
),

happened as (
    {%- for flow, at, condition in flows %}
    select
        {{ week_start(business_date(at)) }} as week_start,
        source,
        mapped_campaign_id as campaign_id,
        '{{ flow }}' as flow
    from leads
    where {{ at }} is not null and {{ condition }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        {% for flow, at, condition in flows -%}
        count(*) filter (where flow = '{{ flow }}') as {{ flow }},
        {% endfor -%}
        week_start,
        source,
        campaign_id
    from happened
    group by week_start, source, campaign_id
),

spent as (
    select
        week_start,
        source,
        coalesce(plan_campaign_id, 'unmapped') as campaign_id,
        sum(spend) as spend,
        count(*) filter (where spend is null) as spend_rows_without_rate,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(platform_conversions) as platform_conversions
    from {{ ref('int_ad_spend') }}
    group by week_start, source, coalesce(plan_campaign_id, 'unmapped')
),

covered as (
    select
        source,
        campaign_id,
        min(week_start) as first_week,
        (select max(week_start) from {{ ref('int_ad_spend') }}) as last_week
    from spent
    group by source, campaign_id
),

known as (
    select
        exists(select 1 from {{ ref('int_lead_events') }} where event_type = 'status') as lead_events,
        exists(select 1 from {{ ref('lead_verdicts') }}) as verdicts,
        exists(select 1 from {{ ref('int_opportunities') }}) as opportunities
),

cells as (
    select
        week_start,
        source,
        campaign_id
    from counted
    union
    select
        week_start,
        source,
        campaign_id
    from spent
),

measured as (
    select
        cells.week_start,
        {{ iso_week('cells.week_start') }} as iso_week,
        cells.source,
        cells.campaign_id,
        cast(case
            when spent.week_start is not null then spent.spend
            when cells.week_start between covered.first_week and covered.last_week then 0
        end as decimal(18, 2)) as spend,
        coalesce(spent.spend_rows_without_rate, 0) as spend_rows_without_rate,
        cast(spent.impressions as bigint) as impressions,
        cast(spent.clicks as bigint) as clicks,
        cast(spent.platform_conversions as decimal(18, 4)) as platform_conversions,
        coalesce(counted.leads, 0) as leads,
        coalesce(counted.leads_with_clock_defects, 0) as leads_with_clock_defects,
        case when known.lead_events then coalesce(counted.handed_off, 0) end as handed_off,
        case when known.verdicts then coalesce(counted.ready_leads, 0) end as ready_leads,
        case when known.verdicts then coalesce(counted.defective_leads, 0) end as defective_leads,
        case when known.verdicts then coalesce(counted.unevaluable_leads, 0) end as unevaluable_leads,
        case when known.opportunities then coalesce(counted.won, 0) end as won
    from cells
    cross join known
    left join counted
        on
            cells.week_start = counted.week_start
            and cells.source = counted.source
            and cells.campaign_id = counted.campaign_id
    left join spent
        on
            cells.week_start = spent.week_start
            and cells.source = spent.source
            and cells.campaign_id = spent.campaign_id
    left join covered on cells.source = covered.source and cells.campaign_id = covered.campaign_id
)

select
    *,
    cast(spend / nullif(leads, 0) as decimal(18, 2)) as cost_per_lead,
    cast(spend / nullif(ready_leads, 0) as decimal(18, 2)) as cost_per_ready_lead,
    cast(spend / nullif(won, 0) as decimal(18, 2)) as cost_per_acquisition,
    {{ as_of() }} as _modelled_at
from measured
