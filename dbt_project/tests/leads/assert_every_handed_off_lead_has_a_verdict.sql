-- Handed off = ready + defective + unevaluable, once anything was inspected.
select
    week_start,
    source,
    segment,
    handed_off,
    ready_leads,
    defective_leads,
    unevaluable_leads
from {{ ref('fct_source_weekly') }}
where handed_off <> ready_leads + defective_leads + unevaluable_leads
