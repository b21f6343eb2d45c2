-- What was presented to sales in a week and how it was judged, with what its poor quality cost, per source.
select
    cast(week_start as date) as week_start,
    cast({{ iso_week('week_start') }} as varchar) as iso_week,
    cast(coalesce(source, 'unmapped') as varchar) as source,
    cast(count(*) as bigint) as presented,
    cast(count(is_in_full) as bigint) as evaluated,
    cast(count(case when is_in_full then 1 end) as bigint) as ready,
    cast(count(case when not is_in_full then 1 end) as bigint) as defective,
    cast(count(case when verdict = 'unevaluable' then 1 end) as bigint) as unevaluable,
    cast(coalesce(sum(case when is_in_full is not null then defects end), 0) as bigint) as defects,
    cast(coalesce(sum(case when is_in_full is not null then criteria_evaluated end), 0) as bigint)
        as opportunities_for_defect,
    cast(sum(lead_cost) as decimal(18, 2)) as lead_cost,
    cast(sum(time_cost) as decimal(18, 2)) as time_cost,
    cast(sum(repair_cost) as decimal(18, 2)) as repair_cost,
    cast(sum(late_cost) as decimal(18, 2)) as late_cost,
    cast(sum(cost_of_poor_quality) as decimal(18, 2)) as cost_of_poor_quality
from {{ ref('fct_handoffs') }}
group by week_start, coalesce(source, 'unmapped')
