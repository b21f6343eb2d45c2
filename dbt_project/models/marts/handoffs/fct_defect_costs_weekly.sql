-- The cost of poor quality of a week, by who can do something about it: each criterion's defects, and as
-- `late_handoff` what late handoffs lost that no defect took the time for.
with run as (
    select {{ week_start(business_date(as_of()) ~ ' - interval 1 day') }} as last_week
),

defects as (
    select
        week_start,
        coalesce(source, 'unmapped') as source,
        coalesce(campaign_id, 'none') as campaign_id,
        to_team as team,
        criterion_code,
        owner,
        count(*) as defects,
        count(distinct lead_id) as leads,
        sum(lead_cost) as lead_cost,
        sum(time_cost) as time_cost,
        sum(repair_cost) as repair_cost,
        sum(delay_cost) as delay_cost,
        sum(cost) as cost
    from {{ ref('fct_handoff_defects') }}
    group by all
),

late as (
    select
        week_start,
        coalesce(source, 'unmapped') as source,
        coalesce(campaign_id, 'none') as campaign_id,
        to_team as team,
        count(distinct lead_id) as leads,
        cast(sum(late_cost) * 100 as bigint) as cents
    from {{ ref('fct_handoffs') }}
    where late_cost > 0
    group by all
),

caused as (
    select
        week_start,
        team,
        cast(sum(delay_cost) * 100 as bigint) as cents
    from defects
    group by week_start, team
),

-- What the defects of a team's week caused is taken from its late handoffs in proportion.
late_places as (
    select
        late.*,
        cast(sum(late.cents) over (partition by late.week_start, late.team) as bigint) as total,
        cast(sum(late.cents) over (
            partition by late.week_start, late.team
            order by late.source, late.campaign_id rows between unbounded preceding and current row
        ) as bigint) as upto,
        coalesce(caused.cents, 0) as caused_cents
    from late
    left join caused on late.week_start = caused.week_start and late.team = caused.team
),

not_caused as (
    select
        week_start,
        source,
        campaign_id,
        team,
        'late_handoff' as criterion_code,
        team as owner,
        0 as defects,
        leads,
        {{ weighted_share_of_cents('(total - caused_cents)', 'upto', 'cents', 'total') }} as delay_cost
    from late_places
),

costs as (
    select * from defects
    union all by name
    select
        *,
        0.00 as lead_cost,
        0.00 as time_cost,
        0.00 as repair_cost,
        delay_cost as cost
    from not_caused
)

select
    cast(costs.week_start as date) as week_start,
    cast({{ iso_week('costs.week_start') }} as varchar) as iso_week,
    cast(costs.source as varchar) as source,
    cast(costs.campaign_id as varchar) as campaign_id,
    cast(costs.team as varchar) as team,
    cast(costs.criterion_code as varchar) as criterion_code,
    cast(costs.owner as varchar) as owner,
    cast(costs.defects as bigint) as defects,
    cast(costs.leads as bigint) as leads,
    cast(costs.lead_cost as decimal(18, 2)) as lead_cost,
    cast(costs.time_cost as decimal(18, 2)) as time_cost,
    cast(costs.repair_cost as decimal(18, 2)) as repair_cost,
    cast(costs.delay_cost as decimal(18, 2)) as delay_cost,
    cast(costs.cost as decimal(18, 2)) as cost
from costs
inner join run on costs.week_start <= run.last_week
