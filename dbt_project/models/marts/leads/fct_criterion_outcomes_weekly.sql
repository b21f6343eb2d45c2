-- What became of the leads that a criterion judged, by whether they failed it. Who passed is counted, not listed: the
-- leads that it applied to less those of them that failed it or could not be evaluated on it.
{%- set applies -%}
judged.handed_off_date >= criteria.valid_from
            and (criteria.valid_to is null or judged.handed_off_date <= criteria.valid_to)
            and (
                criteria.segments is null
                or contains(',' || replace(criteria.segments, ' ', '') || ',', ',' || judged.segment || ',')
            )
{%- endset %}

with leads as (
    select
        lead_id,
        week_start as cohort_week,
        segment,
        defect_codes,
        {{ business_date('handed_off_at') }} as handed_off_date,
        accepted_at is not null as is_accepted,
        case
            when meeting_held_at is not null
                then greatest(cast(({{ week_start(business_date('meeting_held_at')) }} - week_start) / 7 as bigint), 0)
        end as meeting_age,
        case
            when opportunity_at is not null
                then greatest(cast(({{ week_start(business_date('opportunity_at')) }} - week_start) / 7 as bigint), 0)
        end as opportunity_age
    from {{ ref('fct_leads') }}
    where handed_off_at is not null and lifecycle_stage <> 'deleted' and verdict is not null
),

judged_leads as (
    select
        cohort_week,
        segment,
        handed_off_date,
        is_accepted,
        meeting_age,
        opportunity_age,
        count(*) as leads
    from leads
    group by all
),

applied as (
    select
        judged.* exclude (segment, handed_off_date),
        criteria.criterion_code
    from judged_leads as judged
    inner join {{ ref('dim_criterion') }} as criteria on {{ applies }}
),

failed as (
    select
        * exclude (defect_codes),
        unnest(string_split(defect_codes, ',')) as criterion_code
    from leads
    where defect_codes is not null
),

not_evaluated as (
    select
        leads.* exclude (defect_codes),
        unevaluable.criterion_code
    from leads
    inner join {{ ref('lead_unevaluable') }} as unevaluable on leads.lead_id = unevaluable.lead_id
),

not_passed as (
    select * from failed
    union
    select * from not_evaluated
),

-- A verdict may be older than the lead's segment: only who the criterion applies to was counted above.
not_passed_of_applied as (
    select judged.*
    from not_passed as judged
    inner join {{ ref('dim_criterion') }} as criteria
        on judged.criterion_code = criteria.criterion_code and {{ applies }}
),

sides as (
    select
        *,
        false as has_failed
    from applied
    union all by name
    select
        * exclude (lead_id, segment, handed_off_date),
        1 as leads,
        true as has_failed
    from failed
    union all by name
    select
        * exclude (lead_id, segment, handed_off_date),
        -1 as leads,
        false as has_failed
    from not_passed_of_applied
),

steps as (
    select
        * exclude (opportunity_age, meeting_age),
        'meeting' as to_stage,
        meeting_age as age_weeks
    from sides
    union all by name
    select
        * exclude (opportunity_age, meeting_age),
        'opportunity' as to_stage,
        opportunity_age as age_weeks
    from sides
)

select
    cast(cohort_week as date) as cohort_week,
    cast(criterion_code as varchar) as criterion_code,
    cast(to_stage as varchar) as to_stage,
    cast(has_failed as boolean) as has_failed,
    cast(is_accepted as boolean) as is_accepted,
    cast(age_weeks as bigint) as age_weeks,
    cast(sum(leads) as bigint) as leads
from steps
group by cohort_week, criterion_code, to_stage, has_failed, is_accepted, age_weeks
having sum(leads) <> 0
