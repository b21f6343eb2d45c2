{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

-- What could not be evaluated of a lead at its latest inspection: neither a pass nor a defect.
select
    results.lead_id,
    results.criterion_code,
    cast(results.criterion_version as bigint) as criterion_version,
    results.owner,
    results.inspected_at,
    results.observed,
    results.source_file,
    results.source_line,
    {{ as_of() }} as _modelled_at
from {{ source('andon', 'lead_criterion_results') }} as results
inner join {{ ref('lead_verdicts') }} as verdicts
    on results.lead_id = verdicts.lead_id and results.inspected_at = verdicts.inspected_at
where
    results.result = 'unevaluable'
    and verdicts.is_latest
    and results.lead_id in (select leads.lead_id from {{ ref('int_leads') }} as leads)
