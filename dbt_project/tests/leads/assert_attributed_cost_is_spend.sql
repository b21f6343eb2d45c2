-- Each attribution model gives away exactly what was spent, to the cent.
with spent as (
    select coalesce(sum(spend), 0) as spend from {{ ref('int_ad_spend') }}
),

attributed as (
    select
        models.model,
        coalesce(sum(costs.attributed_cost), 0) as cost
    from (select distinct rules.model from {{ ref('int_plan_attribution_rules') }} as rules) as models
    left join {{ ref('fct_attributed_cost') }} as costs on models.model = costs.model
    group by models.model
)

select
    attributed.model,
    attributed.cost,
    spent.spend
from attributed
cross join spent
where attributed.cost <> spent.spend
