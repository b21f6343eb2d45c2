{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

-- Every inspection of every lead, as logged; a lead that was merged away since keeps what was said of it.
with inspected as (
    select * from {{ source('andon', 'lead_verdicts') }}
    where inspected_at <= {{ as_of() }}
),

failed as (
    select
        lead_id,
        inspected_at,
        {{ comma_list('criterion_code', "result = 'fail'") }} as defect_codes
    from {{ source('andon', 'lead_criterion_results') }}
    group by lead_id, inspected_at
)

select
    inspected.lead_id,
    inspected.inspected_at,
    inspected.handed_off_at,
    inspected.contract_version,
    inspected.contract_hash,
    inspected.subject_hash,
    inspected.verdict,
    cast(inspected.criteria_evaluated as bigint) as criteria_evaluated,
    cast(inspected.defects as bigint) as defects,
    cast(inspected.unevaluable as bigint) as unevaluable,
    failed.defect_codes,
    inspected.inspected_at = max(inspected.inspected_at) over (partition by inspected.lead_id) as is_latest,
    inspected.source_file,
    inspected.source_line,
    {{ as_of() }} as _modelled_at
from inspected
left join failed on inspected.lead_id = failed.lead_id and inspected.inspected_at = failed.inspected_at
