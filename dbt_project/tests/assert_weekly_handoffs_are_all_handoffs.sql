-- Nothing is lost between the attempts and their weeks: offers and cost add up to the same. Joins on the calendar or
-- on a null source would drop rows silently.
with attempts as (
    select
        count(*) as handoffs,
        coalesce(sum(handoffs.cost_of_poor_quality), 0) as cost
    from {{ ref('fct_handoffs') }} as handoffs
    where handoffs.week_start <= {{ week_start(business_date(as_of()) ~ ' - interval 1 day') }}
),

weeks as (
    select
        coalesce(sum(weekly.handoffs), 0) as handoffs,
        coalesce(sum(weekly.cost_of_poor_quality), 0) as cost
    from {{ ref('fct_handoffs_weekly') }} as weekly
)

select
    attempts.handoffs,
    weeks.handoffs as weekly_handoffs,
    attempts.cost,
    weeks.cost as weekly_cost
from attempts
cross join weeks
where attempts.handoffs <> weeks.handoffs or attempts.cost <> weeks.cost
