{{ config(materialized='ephemeral', contract={'enforced': false}) }}

-- A criterion that a lead failed at an inspection, with what such a failure costs by the rule of the version that
-- judged: whether the lead's purchase is lost, minutes of the receiving team (NULL: those the plan gives a lead), and
-- the repair: minutes of a named team at its hourly cost on the day of the inspection, and a fixed amount.
with failures as (
    select
        *,
        {{ business_date('inspected_at') }} as inspected_date
    from {{ source('andon', 'lead_criterion_results') }}
    where result = 'fail' and inspected_at <= {{ as_of() }}
)

select
    failures.lead_id,
    failures.inspected_at,
    failures.criterion_code,
    failures.criterion_version,
    failures.severity,
    failures.owner,
    failures.reason_category,
    failures.observed,
    failures.source_file,
    failures.source_line,
    coalesce(failures.cost_lead, true) as cost_lead,
    failures.cost_minutes,
    coalesce(round(failures.cost_team_minutes / 60 * capacity.hourly_cost, 2), 0)
    + coalesce(failures.cost_amount, 0) as repair_cost
from failures
left join {{ ref('int_plan_capacity') }} as capacity
    on
        failures.cost_team = capacity.team
        and failures.inspected_date >= capacity.valid_from
        and (capacity.valid_to is null or failures.inspected_date <= capacity.valid_to)
