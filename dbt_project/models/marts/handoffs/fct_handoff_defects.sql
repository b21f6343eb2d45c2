{{ config(materialized='incremental', unique_key='handoff_id', meta={'holds_all': true}) }}

-- What each criterion failed at a presentation cost. What a handoff lost once is shared among the criteria that name
-- it: the purchase evenly, time by the minutes each names. What late handoffs of a team's week lost falls to its
-- defects as far as their share of the week's minutes goes: that time was missing to the others.
with whole_minutes as (
    select
        *,
        cast(round(coalesce(defective_minutes, 0) * 1000) as bigint) as lost_thousandths,
        cast(
            round(
                coalesce(case when verdict = 'defective' then defective_minutes end, planned_minutes, 0) * 1000
            ) as bigint
        ) as load_thousandths
    from {{ ref('fct_handoffs') }}
),

team_weeks as (
    select
        week_start,
        to_team,
        cast(sum(late_cost) * 100 as bigint) as late_cents,
        cast(sum(load_thousandths) as bigint) as load_thousandths,
        cast(sum(case when verdict = 'defective' then lost_thousandths else 0 end) as bigint) as lost_thousandths
    from whole_minutes
    group by week_start, to_team
),

failed as (
    select
        handoffs.handoff_id,
        handoffs.lead_id,
        handoffs.week_start,
        handoffs.source,
        handoffs.campaign_id,
        handoffs.segment,
        handoffs.to_team,
        handoffs.lost_thousandths,
        results.criterion_code,
        results.criterion_version,
        results.severity,
        results.owner,
        results.reason_category,
        results.cost_lead,
        results.repair_cost,
        cast(handoffs.lead_cost * 100 as bigint) as lead_cents,
        cast(handoffs.time_cost * 100 as bigint) as time_cents,
        cast(round(coalesce(results.cost_minutes, handoffs.planned_minutes, 0) * 1000) as bigint) as named_thousandths
    from whole_minutes as handoffs
    inner join {{ ref('defect_results') }} as results
        on handoffs.lead_id = results.lead_id and handoffs.inspected_at = results.inspected_at
    where handoffs.verdict = 'defective'
),

placed as (
    select
        failed.*,
        count(case when cost_lead then 1 end) over whole_handoff as lead_places,
        count(case when cost_lead then 1 end) over up_to_criterion as lead_place,
        cast(sum(named_thousandths) over whole_handoff as bigint) as named_total,
        cast(sum(named_thousandths) over up_to_criterion as bigint) as named_upto
    from failed
    window
        whole_handoff as (partition by handoff_id),
        up_to_criterion as (
            partition by handoff_id order by criterion_code rows between unbounded preceding and current row
        )
),

timed as (
    select
        *,
        cast(
            coalesce(
                {{ whole_ratio('lost_thousandths', 'named_upto', 'named_total') }}
                - {{ whole_ratio('lost_thousandths', 'named_upto - named_thousandths', 'named_total') }}, 0
            ) as bigint
        ) as own_thousandths
    from placed
),

queued as (
    select
        timed.*,
        cast({{ whole_ratio('weeks.late_cents', 'weeks.lost_thousandths', 'weeks.load_thousandths') }} as bigint)
            as caused_cents,
        cast(sum(timed.own_thousandths) over whole_week as bigint) as own_total,
        cast(sum(timed.own_thousandths) over up_to_defect as bigint) as own_upto
    from timed
    inner join team_weeks as weeks on timed.week_start = weeks.week_start and timed.to_team = weeks.to_team
    window
        whole_week as (partition by timed.week_start, timed.to_team),
        up_to_defect as (
            partition by timed.week_start, timed.to_team
            order by timed.handoff_id, timed.criterion_code rows between unbounded preceding and current row
        )
),

costed as (
    select
        *,
        case
            when cost_lead then {{ share_of_cents('lead_cents', 'lead_places', 'lead_place') }} else 0
        end as lead_cost,
        {{ weighted_share_of_cents('time_cents', 'named_upto', 'named_thousandths', 'named_total') }} as time_cost,
        {{ weighted_share_of_cents('caused_cents', 'own_upto', 'own_thousandths', 'own_total') }} as delay_cost
    from queued
)

select
    cast(handoff_id as varchar) as handoff_id,
    cast(lead_id as varchar) as lead_id,
    cast(criterion_code as varchar) as criterion_code,
    cast(criterion_version as bigint) as criterion_version,
    cast(severity as varchar) as severity,
    cast(owner as varchar) as owner,
    cast(reason_category as varchar) as reason_category,
    cast(week_start as date) as week_start,
    cast(source as varchar) as source,
    cast(campaign_id as varchar) as campaign_id,
    cast(segment as varchar) as segment,
    cast(to_team as varchar) as to_team,
    cast(lead_cost as decimal(18, 2)) as lead_cost,
    cast(time_cost as decimal(18, 2)) as time_cost,
    cast(repair_cost as decimal(18, 2)) as repair_cost,
    cast(delay_cost as decimal(18, 2)) as delay_cost,
    {{ known_cost(['lead_cost', 'time_cost'], ['repair_cost', 'delay_cost']) }} as cost,
    {{ as_of() }} as _modelled_at
from costed
