-- How the offers of each week and team were scored: what a score cut-off would hold back.
select
    cast(handoffs.week_start as date) as week_start,
    cast(handoffs.to_team as varchar) as team,
    cast(floor(leads.score) as bigint) as score,
    cast(count(*) as bigint) as offered
from {{ ref('fct_handoffs') }} as handoffs
inner join {{ ref('fct_leads') }} as leads on handoffs.lead_id = leads.lead_id
group by handoffs.week_start, handoffs.to_team, floor(leads.score)
