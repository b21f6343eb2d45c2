{{ config(materialized='incremental', unique_key='cohort_week', meta={'holds_all': true}) }}

{#- A step of the line: (from, to, when a lead is at its start, when it has taken it). -#}
{% set steps = [
    ('lead', 'accepted', 'created_at', 'accepted_at'),
    ('lead', 'meeting', 'created_at', 'meeting_held_at'),
    ('lead', 'opportunity', 'created_at', 'opportunity_at'),
    ('lead', 'won', 'created_at', 'won_at'),
    ('accepted', 'meeting', 'accepted_at', 'meeting_held_at'),
] %}

-- A lead that was rejected, recycled, disqualified or lost has left, until it is taken up again; it is not censored.
-- Only the end of observation censors.
with standing as (
    select
        *,
        case
            when lifecycle_stage in ('rejected', 'recycled', 'disqualified')
                then greatest(rejected_at, recycled_at, disqualified_at)
            when lifecycle_stage = 'lost' then lost_at
        end as left_at
    from {{ ref('fct_leads') }}
    where lifecycle_stage <> 'deleted'
),

cohorts as (
    {%- for from_stage, to_stage, starts_at, taken_at in steps %}
    select
        source,
        segment,
        '{{ from_stage }}' as from_stage,
        '{{ to_stage }}' as to_stage,
        {{ week_start(business_date(starts_at)) }} as cohort_week,
        {{ week_start(business_date(taken_at)) }} as taken_week,
        {{ week_start(business_date('left_at')) }} as left_week
    from standing
    where {{ starts_at }} is not null
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

-- A step that a wrong clock dates before its start counts in the cohort's own week.
aged as (
    select
        cohort_week,
        source,
        segment,
        from_stage,
        to_stage,
        case
            when coalesce(taken_week, left_week) is not null
                then greatest(cast((coalesce(taken_week, left_week) - cohort_week) / 7 as bigint), 0)
        end as age_weeks,
        taken_week is not null as has_converted
    from cohorts
),

sizes as (
    select
        cohort_week,
        source,
        segment,
        from_stage,
        to_stage,
        count(*) as entered
    from aged
    group by cohort_week, source, segment, from_stage, to_stage
),

ends as (
    select
        cohort_week,
        source,
        segment,
        from_stage,
        to_stage,
        age_weeks,
        count(case when has_converted then 1 end) as converted,
        count(case when not has_converted then 1 end) as exited
    from aged
    where age_weeks is not null
    group by cohort_week, source, segment, from_stage, to_stage, age_weeks
),

-- Every cohort has a row at age 0; later ages have one where something happened.
ages as (
    select
        cohort_week,
        source,
        segment,
        from_stage,
        to_stage,
        age_weeks,
        converted,
        exited
    from ends
    union all
    select
        sizes.cohort_week,
        sizes.source,
        sizes.segment,
        sizes.from_stage,
        sizes.to_stage,
        0 as age_weeks,
        0 as converted,
        0 as exited
    from sizes
    anti join ends
        on
            sizes.cohort_week = ends.cohort_week
            and sizes.source = ends.source
            and sizes.segment = ends.segment
            and sizes.from_stage = ends.from_stage
            and sizes.to_stage = ends.to_stage
            and ends.age_weeks = 0
)

select
    cast(ages.cohort_week as date) as cohort_week,
    cast({{ iso_week('ages.cohort_week') }} as varchar) as iso_week,
    cast(ages.source as varchar) as source,
    cast(ages.segment as varchar) as segment,
    cast(ages.from_stage as varchar) as from_stage,
    cast(ages.to_stage as varchar) as to_stage,
    cast(ages.age_weeks as bigint) as age_weeks,
    cast(sizes.entered as bigint) as entered,
    cast(sizes.entered - (sum(ages.converted + ages.exited) over so_far - ages.converted - ages.exited) as bigint)
        as at_risk,
    cast(ages.converted as bigint) as converted,
    cast(ages.exited as bigint) as exited,
    {{ as_of() }} as _modelled_at
from ages
inner join sizes
    on
        ages.cohort_week = sizes.cohort_week
        and ages.source = sizes.source
        and ages.segment = sizes.segment
        and ages.from_stage = sizes.from_stage
        and ages.to_stage = sizes.to_stage
window so_far as (
    partition by ages.cohort_week, ages.source, ages.segment, ages.from_stage, ages.to_stage
    order by ages.age_weeks rows between unbounded preceding and current row
)
