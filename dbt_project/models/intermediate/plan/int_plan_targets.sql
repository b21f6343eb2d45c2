{{ config(materialized='incremental', unique_key='week_start', meta={'holds_all': true}) }}

-- The plan in force per week: what both sides had approved before the week began, as it stood then. A version that
-- only came to us later (history loaded afterwards) counts as it first came; an edit of it never moves a past goal.
with versions as (
    select * from {{ ref('stg_plan__plan_versions') }}
    qualify {{ whole_snapshot() }}
),

targets as (
    select * from {{ ref('stg_plan__targets') }}
    qualify {{ whole_snapshot() }}
),

span as (
    select
        {{ week_start('min(versions.valid_from)') }} as first_week,
        {{ week_start(business_date(as_of())) }} + 91 as last_week
    from versions
),

weeks as (
    select
        week_start,
        {{ business_instant('cast(week_start as timestamp)') }} as starts_at
    from ({{ week_series('span') }}) as series
),

known_versions as (
    select
        weeks.week_start,
        weeks.starts_at,
        versions.*
    from weeks
    cross join versions
    qualify {{ as_known_before('weeks.starts_at', 'versions', ['weeks.week_start']) }}
),

in_force as (
    select
        week_start,
        starts_at,
        plan_version
    from known_versions
    where
        approved_at < starts_at
        and valid_from <= week_start
        and week_start <= coalesce(valid_to, week_start)
    qualify row_number() over (
        partition by week_start order by valid_from desc, approved_at desc, plan_version desc
    ) = 1
),

known_targets as (
    select
        in_force.week_start,
        targets.*
    from in_force
    inner join targets on in_force.plan_version = targets.plan_version
    qualify {{ as_known_before('in_force.starts_at', 'targets', ['in_force.week_start']) }}
)

select
    week_start,
    plan_version,
    source,
    segment,
    cast(spend as decimal(18, 2)) as spend,
    leads,
    ready_leads,
    accepted,
    meetings,
    opportunities,
    won,
    source_file,
    source_line,
    {{ as_of() }} as _modelled_at
from known_targets
where week_from <= week_start and week_start <= coalesce(week_to, week_start)
