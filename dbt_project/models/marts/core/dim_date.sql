{{ config(materialized='incremental', unique_key='date_day', meta={'holds_all': true}) }}

with run as (
    select
        {{ as_of() }} as as_of,
        {{ business_date(as_of()) }} as as_of_date
),

first_data as (
    select {{ business_date('min(manifest.min_event_at)') }} as first_date
    from {{ ref('load_manifest') }} as manifest
),

-- A timestamp of the year 1 in one bad row must not make a calendar of two thousand years.
bounds as (
    select
        cast(greatest(least(first_data.first_date, run.as_of_date), date '2000-01-01') - interval 1 year as date)
            as first_date,
        cast(run.as_of_date + interval 1 year as date) as last_date
    from run
    cross join first_data
),

days as (
    select
        {{ each_day(
            week_start('bounds.first_date'), 'cast(' ~ week_start('bounds.last_date') ~ ' + interval 6 day as date)'
        ) }} as date_day
    from bounds
),

weekdays as (
    select
        days.date_day,
        {{ week_start('days.date_day') }} as week_start,
        {{ iso_week('days.date_day') }} as iso_week,
        1 + {{ dbt.datediff(week_start('days.date_day'), 'days.date_day', 'day') }} as weekday
    from days
),

planned_hours as (
    select
        weekday,
        {{ minute_of_day('opens') }} as opens_minute,
        {{ minute_of_day('closes') }} as closes_minute
    from {{ ref('int_plan_business_hours') }}
),

plan as (
    select count(*) > 0 as states_hours
    from {{ ref('int_plan_business_hours') }}
),

opening as (
    select
        weekdays.*,
        holidays.title as holiday,
        plan.states_hours,
        case when holidays.holiday is null then planned_hours.opens_minute end as opens_minute,
        case when holidays.holiday is null then planned_hours.closes_minute end as closes_minute
    from weekdays
    cross join plan
    left join planned_hours on weekdays.weekday = planned_hours.weekday
    left join {{ ref('int_plan_holidays') }} as holidays on weekdays.date_day = holidays.holiday
),

-- Opening hours are local: the minutes between their instants are 60 fewer or more on a daylight-saving day.
instants as (
    select
        opening.*,
        {{ business_instant('opening.date_day + opening.opens_minute * interval 1 minute') }} as business_open_at,
        {{ business_instant('opening.date_day + opening.closes_minute * interval 1 minute') }} as business_close_at
    from opening
),

minutes as (
    select
        instants.*,
        case
            when instants.opens_minute is not null
                then {{ elapsed_minutes('instants.business_open_at', 'instants.business_close_at') }}
            when instants.states_hours then 0
        end as business_minutes
    from instants
)

select
    cast(date_day as date) as date_day,
    cast(week_start as date) as week_start,
    cast(iso_week as varchar) as iso_week,
    cast(substr(iso_week, 1, 4) as integer) as iso_year,
    cast(substr(iso_week, 7, 2) as integer) as iso_week_no,
    cast(weekday as integer) as weekday,
    cast(holiday as varchar) as holiday,
    cast(case when states_hours then opens_minute is not null end as boolean) as is_business_day,
    cast(business_open_at as timestamp) as business_open_at,
    cast(business_close_at as timestamp) as business_close_at,
    cast(business_minutes as bigint) as business_minutes,
    cast(
        coalesce(
            sum(business_minutes) over (order by date_day rows between unbounded preceding and 1 preceding),
            business_minutes - business_minutes
        ) as bigint
    ) as business_minutes_before,
    {{ as_of() }} as _modelled_at
from minutes
