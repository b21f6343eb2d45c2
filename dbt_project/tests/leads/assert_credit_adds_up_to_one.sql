-- Each lead is given away exactly once per attribution model.
select
    lead_id,
    model,
    sum(credit) as credit
from {{ ref('fct_lead_touch_credit') }}
group by lead_id, model
having abs(sum(credit) - 1) > 1e-9
union all
select
    leads.lead_id,
    'none at all' as model,
    0 as credit
from {{ ref('fct_leads') }} as leads
where leads.lead_id not in (select credits.lead_id from {{ ref('fct_lead_touch_credit') }} as credits)
