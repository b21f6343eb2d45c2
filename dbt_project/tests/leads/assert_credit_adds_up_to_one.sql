-- Each lead is given away exactly once per attribution model that was in force when it was created.
select
    lead_id,
    model,
    sum(credit) as credit
from {{ ref('fct_lead_touch_credit') }}
group by lead_id, model
having sum(credit) <> 1
union all
select
    leads.lead_id,
    rules.model,
    0 as credit
from {{ ref('fct_leads') }} as leads
inner join {{ ref('int_plan_attribution_rules') }} as rules
    on leads.created_date >= rules.applies_from and leads.created_date < rules.applies_until
where
    not exists (
        select 1 from {{ ref('fct_lead_touch_credit') }} as credits
        where credits.lead_id = leads.lead_id and credits.model = rules.model
    )
