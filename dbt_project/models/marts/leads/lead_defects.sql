{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

-- The defect ledger: what a lead failed, since when, whether it still does, and what it cost as it was presented.
-- An inspection that could not evaluate the criterion says neither that the defect is there nor that it is gone.
with inspections as (
    select
        lead_id,
        inspected_at
    from {{ ref('lead_verdicts') }}
    where lead_id in (select leads.lead_id from {{ ref('int_leads') }} as leads)
),

failures as (
    select results.*
    from {{ ref('defect_results') }} as results
    inner join inspections
        on results.lead_id = inspections.lead_id and results.inspected_at = inspections.inspected_at
),

defects as (
    select
        lead_id,
        criterion_code,
        max_by(criterion_version, inspected_at) as criterion_version,
        max_by(severity, inspected_at) as severity,
        max_by(owner, inspected_at) as owner,
        max_by(reason_category, inspected_at) as reason_category,
        min(inspected_at) as first_seen_at,
        max(inspected_at) as last_seen_at,
        {{ value_at('max', 'observed', 'inspected_at') }} as observed,
        max_by(source_file, inspected_at) as source_file,
        max_by(source_line, inspected_at) as source_line
    from failures
    group by lead_id, criterion_code
),

answers as (
    select
        defects.lead_id,
        defects.criterion_code,
        inspections.inspected_at,
        failures.lead_id is not null as is_failing,
        coalesce(lag(failures.lead_id is not null) over (
            partition by defects.lead_id, defects.criterion_code order by inspections.inspected_at
        ), true) as was_failing
    from defects
    inner join inspections
        on defects.lead_id = inspections.lead_id and defects.first_seen_at <= inspections.inspected_at
    left join failures
        on
            defects.lead_id = failures.lead_id
            and defects.criterion_code = failures.criterion_code
            and inspections.inspected_at = failures.inspected_at
    where
        (defects.lead_id, defects.criterion_code, inspections.inspected_at) not in (
            select
                unknown.lead_id,
                unknown.criterion_code,
                unknown.inspected_at
            from {{ source('andon', 'lead_criterion_results') }} as unknown
            where unknown.result = 'unevaluable'
        )
),

histories as (
    select
        lead_id,
        criterion_code,
        max_by(is_failing, inspected_at) as is_failing,
        count(case when is_failing and not was_failing then 1 end) as times_returned,
        max(case when not is_failing and was_failing then inspected_at end) as fixed_at
    from answers
    group by lead_id, criterion_code
),

-- A waiver that ended while its defect stood has opened it again.
ended_waivers as (
    select
        waivers.lead_id,
        waivers.criterion_code,
        waivers.waived_at
    from {{ ref('int_defect_waivers') }} as waivers
    inner join answers
        on
            waivers.lead_id = answers.lead_id
            and waivers.criterion_code = answers.criterion_code
            and waivers.ends_at >= answers.inspected_at
    where not waivers.is_in_force and not waivers.is_replaced
    group by waivers.lead_id, waivers.criterion_code, waivers.waived_at
    having max_by(answers.is_failing, answers.inspected_at)
),

reopenings as (
    select
        lead_id,
        criterion_code,
        count(*) as times_reopened
    from ended_waivers
    group by lead_id, criterion_code
),

waivers as (
    select *
    from {{ ref('int_defect_waivers') }}
    where not is_withdrawn
    qualify row_number() over (partition by lead_id, criterion_code order by waived_at desc, ends_at desc) = 1
),

costs as (
    select
        lead_id,
        criterion_code,
        sum(lead_cost) as lead_cost,
        sum(time_cost) as time_cost,
        sum(repair_cost) as repair_cost,
        sum(delay_cost) as delay_cost,
        sum(cost) as cost
    from {{ ref('fct_handoff_defects') }}
    group by lead_id, criterion_code
),

states as (
    select
        defects.*,
        case when not histories.is_failing then histories.fixed_at end as fixed_at,
        histories.times_returned + coalesce(reopenings.times_reopened, 0) as times_reopened,
        waivers.waived_at,
        waivers.waived_by,
        waivers.waiver_reason,
        waivers.waived_until,
        case
            when not histories.is_failing then 'fixed'
            when waivers.is_in_force then 'waived'
            when histories.times_returned + coalesce(reopenings.times_reopened, 0) > 0 then 'reopened'
            else 'open'
        end as state
    from defects
    inner join histories
        on defects.lead_id = histories.lead_id and defects.criterion_code = histories.criterion_code
    left join reopenings
        on defects.lead_id = reopenings.lead_id and defects.criterion_code = reopenings.criterion_code
    left join waivers
        on defects.lead_id = waivers.lead_id and defects.criterion_code = waivers.criterion_code
)

select
    states.lead_id,
    states.criterion_code,
    cast(states.criterion_version as bigint) as criterion_version,
    states.severity,
    states.owner,
    states.reason_category,
    states.first_seen_at,
    states.last_seen_at,
    states.state,
    states.fixed_at,
    cast(states.times_reopened as bigint) as times_reopened,
    states.waived_at,
    states.waived_by,
    states.waiver_reason,
    states.waived_until,
    states.observed,
    {% for part in ['lead_cost', 'time_cost', 'repair_cost', 'delay_cost', 'cost'] -%}
    cast(case when costs.lead_id is null then 0 else costs.{{ part }} end as decimal(18, 2)) as {{ part }},
    {% endfor -%}
    states.source_file,
    states.source_line,
    {{ as_of() }} as _modelled_at
from states
left join costs on states.lead_id = costs.lead_id and states.criterion_code = costs.criterion_code
