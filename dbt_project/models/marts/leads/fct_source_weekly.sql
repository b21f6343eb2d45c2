{{ config(materialized='incremental', unique_key='week_start', meta={'holds_all': true}) }}

{#- Each flow is counted in the business week in which it happened: (flow, when, which of them). -#}
{% set flows = [
    ('leads', 'created_at', 'true'),
    ('handed_off', 'handed_off_at', 'true'),
    ('ready_leads', 'handed_off_at', "verdict = 'ready'"),
    ('defective_leads', 'handed_off_at', "verdict = 'defective'"),
    ('unevaluable_leads', 'handed_off_at', "verdict = 'unevaluable'"),
    ('accepted', 'accepted_at', 'true'),
    ('meetings', 'meeting_held_at', 'true'),
    ('opportunities', 'opportunity_at', 'true'),
    ('won', 'won_at', 'true'),
] %}

-- A flow whose feed never delivered is not known: NULL, never 0. Deleted leads are no supply and are not counted.
with happened as (
    {%- for flow, at, condition in flows %}
    select
        {{ week_start(business_date(at)) }} as week_start,
        source,
        segment,
        '{{ flow }}' as flow,
        {{ 'won_amount' if flow == 'won' else 'cast(null as decimal(18, 2))' }} as amount
    from {{ ref('fct_leads') }}
    where {{ at }} is not null and {{ condition }} and lifecycle_stage <> 'deleted'
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        week_start,
        source,
        segment,
        {%- for flow, at, condition in flows %}
        count(*) filter (where flow = '{{ flow }}') as {{ flow }},
        {%- endfor %}
        sum(amount) as won_value
    from happened
    group by week_start, source, segment
),

spent as (
    select
        week_start,
        source,
        segment,
        sum(spend) as spend,
        count(*) filter (where spend is null) as spend_rows_without_rate
    from {{ ref('int_ad_spend') }}
    group by week_start, source, segment
),

-- Within these weeks a silent source spent nothing; outside them its spend is not known.
covered as (
    select
        source,
        min(week_start) as first_week,
        (select max(week_start) from {{ ref('int_ad_spend') }}) as last_week
    from spent
    group by source
),

known as (
    select
        exists(select 1 from {{ ref('int_lead_events') }} where event_type = 'status') as lead_events,
        exists(select 1 from {{ ref('lead_verdicts') }}) as verdicts,
        exists(select 1 from {{ ref('int_activities') }}) as activities,
        exists(select 1 from {{ ref('int_opportunities') }}) as opportunities,
        exists(select 1 from {{ ref('fct_leads') }} where won_amount is not null) as amounts
),

cells as (
    select
        week_start,
        source,
        segment
    from counted
    union
    select
        week_start,
        source,
        segment
    from spent
)

select
    cells.week_start,
    {{ iso_week('cells.week_start') }} as iso_week,
    cells.source,
    cells.segment,
    cast(case
        when spent.week_start is not null then spent.spend
        when cells.week_start between covered.first_week and covered.last_week then 0
    end as decimal(18, 2)) as spend,
    coalesce(spent.spend_rows_without_rate, 0) as spend_rows_without_rate,
    coalesce(counted.leads, 0) as leads,
    case when known.lead_events then coalesce(counted.handed_off, 0) end as handed_off,
    case when known.verdicts then coalesce(counted.ready_leads, 0) end as ready_leads,
    case when known.verdicts then coalesce(counted.defective_leads, 0) end as defective_leads,
    case when known.verdicts then coalesce(counted.unevaluable_leads, 0) end as unevaluable_leads,
    case when known.lead_events then coalesce(counted.accepted, 0) end as accepted,
    case when known.activities then coalesce(counted.meetings, 0) end as meetings,
    case when known.opportunities then coalesce(counted.opportunities, 0) end as opportunities,
    case when known.opportunities then coalesce(counted.won, 0) end as won,
    cast(case
        when counted.won_value is not null then counted.won_value
        when known.amounts and coalesce(counted.won, 0) = 0 then 0
    end as decimal(18, 2)) as won_value,
    {{ as_of() }} as _modelled_at
from cells
cross join known
left join counted
    on
        cells.week_start = counted.week_start
        and cells.source = counted.source
        and cells.segment = counted.segment
left join spent
    on
        cells.week_start = spent.week_start
        and cells.source = spent.source
        and cells.segment = spent.segment
left join covered on cells.source = covered.source
