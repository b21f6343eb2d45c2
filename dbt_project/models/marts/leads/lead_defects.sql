{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

-- The defect ledger: what a lead failed, since when, and whether it still does by its latest inspection. What bought the
-- lead is shared among the defects that stand, to the cent (what does not divide goes to the first codes).
with inspections as (
    select
        lead_id,
        inspected_at,
        is_latest,
        row_number() over (partition by lead_id order by inspected_at) as inspection_no
    from {{ ref('lead_verdicts') }}
    where lead_id in (select leads.lead_id from {{ ref('int_leads') }} as leads)
),

failures as (
    select
        results.*,
        inspections.is_latest,
        inspections.inspection_no
    from {{ source('andon', 'lead_criterion_results') }} as results
    inner join inspections
        on results.lead_id = inspections.lead_id and results.inspected_at = inspections.inspected_at
    where results.result = 'fail'
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
        case
            when not bool_or(is_latest) then 'fixed'
            when count(distinct inspection_no) <= max(inspection_no) - min(inspection_no) then 'reopened'
            else 'open'
        end as state,
        {{ value_at('max', 'observed', 'inspected_at') }} as observed,
        max_by(source_file, inspected_at) as source_file,
        max_by(source_line, inspected_at) as source_line
    from failures
    group by lead_id, criterion_code
),

shares as (
    select
        defects.lead_id,
        defects.criterion_code,
        cast(costs.attributed_cost * 100 as bigint) as cents,
        count(*) over (partition by defects.lead_id) as standing,
        row_number() over (partition by defects.lead_id order by defects.criterion_code) as place
    from defects
    inner join {{ ref('int_lead_costs') }} as costs on defects.lead_id = costs.lead_id
    where defects.state <> 'fixed'
)

select
    defects.lead_id,
    defects.criterion_code,
    cast(defects.criterion_version as bigint) as criterion_version,
    defects.severity,
    defects.owner,
    defects.reason_category,
    defects.first_seen_at,
    defects.last_seen_at,
    defects.state,
    defects.observed,
    case
        when defects.state = 'fixed' then 0.00
        else {{ share_of_cents('shares.cents', 'shares.standing', 'shares.place') }}
    end as cost,
    defects.source_file,
    defects.source_line,
    {{ as_of() }} as _modelled_at
from defects
left join shares on defects.lead_id = shares.lead_id and defects.criterion_code = shares.criterion_code
