-- What auditors said of the leads drawn for them: of each lead, each auditor's newest word.
with said as (
    select *
    from {{ source('andon', 'audit_results') }}
    where recorded_at <= {{ as_of() }}
    qualify row_number() over (partition by audit_id, audited_by order by recorded_at desc, source_line desc) = 1
)

select
    said.audit_id,
    draws.week_start,
    draws.lead_id,
    draws.inspector_verdict,
    draws.sales_verdict,
    draws.population,
    said.verdict,
    said.audited_by,
    said.audited_on,
    said.note,
    said.source_file,
    said.source_line,
    said.recorded_at
from said
inner join {{ source('andon', 'audit_draws') }} as draws on said.audit_id = draws.audit_id
