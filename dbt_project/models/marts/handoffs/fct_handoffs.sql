{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_handoff_attempts'}) }}

with run as (
    select
        {{ as_of() }} as as_of,
        {{ business_date(as_of()) }} as as_of_date
),

changed_leads as (
    select attempts.lead_id
    from {{ ref('int_handoff_attempts') }} as attempts
    where
        {{ is_new('attempts') }}
        or {{ any_new(ref('int_plan_sla_policy')) }}
        or {{ any_new(ref('int_plan_capacity')) }}
        or {{ any_new(ref('int_plan_business_hours')) }}
        or {{ any_new(ref('int_plan_holidays')) }}
    union
    select leads.lead_id
    from {{ ref('fct_leads') }} as leads
    where {{ is_new('leads') }}
    union
    select verdicts.lead_id
    from {{ ref('lead_verdicts') }} as verdicts
    where {{ is_new('verdicts') }}
    {%- if is_incremental() %}
    union
    -- The clock of an undecided promise runs on with the as-of.
    select running.lead_id
    from {{ this }} as running
    where running.is_on_time is null and running.is_breach is distinct from true
    {%- endif %}
),

attempts as (
    select
        attempts.*,
        leads.source,
        leads.campaign_id,
        leads.segment,
        leads.attributed_cost,
        {{ business_date('attempts.offered_at') }} as offered_date,
        {{ business_date('attempts.first_response_at') }} as response_date,
        {{ business_date('attempts.decided_at') }} as decision_date,
        {{ business_date('attempts.next_offered_at') }} as next_offered_date
    from {{ ref('int_handoff_attempts') }} as attempts
    inner join {{ ref('fct_leads') }} as leads on attempts.lead_id = leads.lead_id
    where attempts.lead_id in (select changed_leads.lead_id from changed_leads)
),

policies as (
    select
        attempts.handoff_id,
        sla_policy.policy,
        sla_policy.respond_within_minutes,
        sla_policy.decide_within_minutes,
        sla_policy.late_cost
    from attempts
    inner join {{ ref('int_plan_sla_policy') }} as sla_policy
        on
            attempts.from_team = sla_policy.from_team
            and attempts.to_team = sla_policy.to_team
            and (attempts.segment = sla_policy.segment or sla_policy.segment = 'all')
            and attempts.offered_date >= sla_policy.valid_from
            and (sla_policy.valid_to is null or attempts.offered_date <= sla_policy.valid_to)
    qualify row_number() over (
        partition by attempts.handoff_id
        order by
            case when sla_policy.segment = 'all' then 1 else 0 end,
            sla_policy.valid_from desc,
            sla_policy.policy
    ) = 1
),

capacities as (
    select
        attempts.handoff_id,
        max_by(capacity.minutes_per_lead, capacity.valid_from) as minutes_per_lead,
        max_by(capacity.hourly_cost, capacity.valid_from) as hourly_cost
    from attempts
    inner join {{ ref('int_plan_capacity') }} as capacity
        on
            attempts.to_team = capacity.team
            and attempts.offered_date >= capacity.valid_from
            and (capacity.valid_to is null or attempts.offered_date <= capacity.valid_to)
    group by attempts.handoff_id
),

-- The lead as it was presented: the first inspection of this attempt that reached a verdict, else an earlier one.
presented_verdicts as (
    select
        attempts.handoff_id,
        verdicts.lead_id,
        verdicts.inspected_at,
        verdicts.verdict,
        verdicts.criteria_evaluated,
        verdicts.defects,
        verdicts.defect_codes
    from attempts
    inner join {{ ref('lead_verdicts') }} as verdicts on attempts.lead_id = verdicts.lead_id
    qualify row_number() over (
        partition by attempts.handoff_id
        order by
            case
                when verdicts.inspected_at < attempts.offered_at then 2
                when verdicts.inspected_at >= attempts.next_offered_at then 3
                when verdicts.verdict = 'unevaluable' then 1
                else 0
            end,
            case when verdicts.inspected_at < attempts.offered_at then verdicts.inspected_at end desc nulls last,
            verdicts.inspected_at
    ) = 1
),

-- What the criteria failed cost together: the purchase and the time of a lead are lost once, however many it fails.
presented_losses as (
    select
        presented.handoff_id,
        bool_or(results.cost_lead) as loses_lead,
        bool_or(results.cost_minutes is null) as takes_planned_minutes,
        max(results.cost_minutes) as stated_minutes,
        sum(results.repair_cost) as repair_cost
    from presented_verdicts as presented
    inner join {{ ref('defect_results') }} as results
        on presented.lead_id = results.lead_id and presented.inspected_at = results.inspected_at
    where presented.verdict = 'defective'
    group by presented.handoff_id
),

activity_feed as (
    select exists(select 1 from {{ ref('int_activities') }}) as has_delivered
),

clocks as (
    select
        attempts.*,
        policies.policy as sla_policy,
        policies.respond_within_minutes,
        policies.decide_within_minutes,
        policies.late_cost as cost_when_late,
        capacities.minutes_per_lead,
        capacities.hourly_cost,
        presented_verdicts.inspected_at,
        presented_verdicts.verdict,
        presented_verdicts.criteria_evaluated,
        presented_verdicts.defects,
        presented_verdicts.defect_codes,
        coalesce(losses.loses_lead, true) as loses_lead,
        case
            when not coalesce(losses.takes_planned_minutes, true) then losses.stated_minutes
            when capacities.minutes_per_lead is not null
                then greatest(capacities.minutes_per_lead, coalesce(losses.stated_minutes, 0))
        end as lost_minutes,
        coalesce(losses.repair_cost, 0) as repair_cost,
        activity_feed.has_delivered
        and coalesce(attempts.first_response_at >= attempts.offered_at, true) as is_response_known,
        coalesce(attempts.decided_at >= attempts.offered_at, true) as is_decision_known,
        attempts.first_response_at is not null
        or attempts.outcome in ('rejected', 'recycled', 'disqualified')
        or attempts.next_offered_at is not null as has_response_ended,
        attempts.outcome <> 'open' or attempts.next_offered_at is not null as has_decision_ended,
        {{ business_minutes_between('attempts.offered_at', 'offered', 'attempts.first_response_at', 'response') }}
            as minutes_to_response,
        {{ business_minutes_between('attempts.offered_at', 'offered', 'attempts.decided_at', 'decision') }}
            as minutes_to_decision,
        {{ business_minutes_between('attempts.offered_at', 'offered', 'attempts.next_offered_at', 'next_offered') }}
            as minutes_to_next_offer,
        {{ business_minutes_between('attempts.offered_at', 'offered', 'run.as_of', 'as_of_day') }} as minutes_to_as_of
    from attempts
    cross join run
    cross join activity_feed
    left join policies on attempts.handoff_id = policies.handoff_id
    left join capacities on attempts.handoff_id = capacities.handoff_id
    left join presented_verdicts on attempts.handoff_id = presented_verdicts.handoff_id
    left join presented_losses as losses on attempts.handoff_id = losses.handoff_id
    left join {{ ref('dim_date') }} as offered on attempts.offered_date = offered.date_day
    left join {{ ref('dim_date') }} as response on attempts.response_date = response.date_day
    left join {{ ref('dim_date') }} as decision on attempts.decision_date = decision.date_day
    left join {{ ref('dim_date') }} as next_offered on attempts.next_offered_date = next_offered.date_day
    left join {{ ref('dim_date') }} as as_of_day on run.as_of_date = as_of_day.date_day
),

-- A clock that ended is judged by its end; one that still runs, by the as-of; one without a known end, not at all.
judged as (
    select
        clocks.*,
        case
            when not is_response_known then null
            when first_response_at is not null then minutes_to_response
            when outcome in ('rejected', 'recycled', 'disqualified') then minutes_to_decision
            when next_offered_at is not null then minutes_to_next_offer
            else minutes_to_as_of
        end > respond_within_minutes as is_response_late,
        case
            when not is_decision_known then null
            when outcome <> 'open' then minutes_to_decision
            when next_offered_at is not null then minutes_to_next_offer
            else minutes_to_as_of
        end > decide_within_minutes as is_decision_late,
        min(case when verdict = 'defective' and loses_lead then attempt_no end) over (partition by lead_id)
            as losing_attempt
    from clocks
),

costed as (
    select
        judged.*,
        is_response_late or is_decision_late as is_breach,
        case verdict when 'ready' then 0.0 when 'defective' then lost_minutes end as defective_minutes,
        case
            when verdict = 'ready' then 0
            when verdict = 'defective' and attempt_no = losing_attempt then attributed_cost
            when verdict = 'defective' then 0
        end as lead_cost,
        case
            when verdict = 'ready' or (verdict = 'defective' and lost_minutes = 0) then 0
            when verdict = 'defective' then round(lost_minutes / 60 * hourly_cost, 2)
        end as time_cost,
        case verdict when 'ready' then 0 when 'defective' then judged.repair_cost end as presented_repair_cost,
        case when is_response_late or is_decision_late then cost_when_late else 0 * cost_when_late end as late_cost
    from judged
)

select
    cast(handoff_id as varchar) as handoff_id,
    cast(lead_id as varchar) as lead_id,
    cast(attempt_no as bigint) as attempt_no,
    cast(to_team_attempt_no as bigint) as to_team_attempt_no,
    cast(source as varchar) as source,
    cast(campaign_id as varchar) as campaign_id,
    cast(segment as varchar) as segment,
    cast(from_team as varchar) as from_team,
    cast(from_owner_id as varchar) as from_owner_id,
    cast(to_team as varchar) as to_team,
    cast(to_owner_id as varchar) as to_owner_id,
    cast(offered_at as timestamp) as offered_at,
    cast(offered_date as date) as offered_date,
    cast({{ week_start('offered_date') }} as date) as week_start,
    cast(first_response_at as timestamp) as first_response_at,
    cast(decided_at as timestamp) as decided_at,
    cast(
        case
            when decided_at is not null
                then greatest({{ week_start(business_date('decided_at')) }}, {{ week_start('offered_date') }})
        end as date
    ) as decided_week,
    cast(next_offered_at as timestamp) as next_offered_at,
    cast(outcome as varchar) as outcome,
    cast(reason_code as varchar) as reason_code,
    cast(reason_category as varchar) as reason_category,
    cast(sla_policy as varchar) as sla_policy,
    cast(respond_within_minutes as bigint) as respond_within_minutes,
    cast(decide_within_minutes as bigint) as decide_within_minutes,
    cast(case when is_response_known then minutes_to_response end as double) as business_minutes_to_response,
    cast(case when is_decision_known then minutes_to_decision end as double) as business_minutes_to_decision,
    cast(is_breach as boolean) as is_breach,
    cast(
        case
            when is_breach then false
            when has_response_ended and has_decision_ended then not is_breach
        end as boolean
    ) as is_on_time,
    cast(case verdict when 'ready' then true when 'defective' then false end as boolean) as is_in_full,
    cast(inspected_at as timestamp) as inspected_at,
    cast(verdict as varchar) as verdict,
    cast(defect_codes as varchar) as defect_codes,
    cast(defects as bigint) as defects,
    cast(criteria_evaluated as bigint) as criteria_evaluated,
    cast(case when outcome <> 'open' then outcome = 'accepted' and to_team_attempt_no = 1 end as boolean) as first_pass,
    cast(minutes_per_lead as double) as planned_minutes,
    cast(defective_minutes as double) as defective_minutes,
    cast(lead_cost as decimal(18, 2)) as lead_cost,
    cast(time_cost as decimal(18, 2)) as time_cost,
    cast(presented_repair_cost as decimal(18, 2)) as repair_cost,
    cast(case when is_breach is not null then late_cost end as decimal(18, 2)) as late_cost,
    {{ known_cost(
        ['lead_cost', 'time_cost'], ['presented_repair_cost', 'case when is_breach is not null then late_cost end']
    ) }} as cost_of_poor_quality,
    cast(clock_defects as varchar) as clock_defects,
    {{ as_of() }} as _modelled_at
from costed
