-- One definition of what poor quality costs: the weekly costs by cause are, per week and team, those of the handoffs,
-- and what the ledger gives each defect is what the handoffs' defects cost, lead by lead.
with by_cause as (
    select
        week_start,
        team,
        coalesce(sum(cost), 0) as cost
    from {{ ref('fct_defect_costs_weekly') }}
    group by week_start, team
),

by_handoff as (
    select
        week_start,
        team,
        coalesce(sum(cost_of_poor_quality), 0) as cost
    from {{ ref('fct_handoffs_weekly') }}
    group by week_start, team
),

by_lead as (
    select
        lead_id,
        sum(coalesce(lead_cost, 0) + coalesce(time_cost, 0) + coalesce(repair_cost, 0)) as cost
    from {{ ref('fct_handoffs') }}
    where verdict = 'defective'
    group by lead_id
),

by_defect as (
    select
        lead_id,
        sum(coalesce(lead_cost, 0) + coalesce(time_cost, 0) + coalesce(repair_cost, 0)) as cost
    from {{ ref('lead_defects') }}
    group by lead_id
)

select
    cast(coalesce(by_cause.week_start, by_handoff.week_start) as varchar) as what,
    coalesce(by_cause.team, by_handoff.team) as whose,
    by_cause.cost as shared_out,
    by_handoff.cost as spent
from by_cause
full outer join by_handoff on by_cause.week_start = by_handoff.week_start and by_cause.team = by_handoff.team
where coalesce(by_cause.cost, 0) <> coalesce(by_handoff.cost, 0)
union all
select
    'lead' as what,
    coalesce(by_lead.lead_id, by_defect.lead_id) as whose,
    by_defect.cost as shared_out,
    by_lead.cost as spent
from by_lead
full outer join by_defect on by_lead.lead_id = by_defect.lead_id
where coalesce(by_lead.cost, 0) <> coalesce(by_defect.cost, 0)
