-- What of each recent day should have arrived by now, by how much of a day of that age usually has; and what is in. A
-- day of which next to nothing has come is not in, however old it is: its file was empty, or bears another day's name.
with today as (
    select {{ business_date(as_of()) }} as day
),

arrived as (
    select
        feed,
        day,
        sum(records) as records,
        min(day + cast(age_days as integer)) as first_landed_on
    from {{ ref('int_feed_arrivals') }}
    group by feed, day
),

feeds as (
    select
        feed,
        min(first_landed_on) - 1 as first_day
    from arrived
    where feed in (select usual.feed from {{ ref('feed_completeness') }} as usual)
    group by feed
),

calendar as (
    select
        date_day as day,
        is_business_day
    from {{ ref('dim_date') }}
),

days as (
    select
        feeds.feed,
        calendar.day,
        calendar.is_business_day,
        today.day - calendar.day as age_days,
        coalesce(arrived.records, 0) as records
    from feeds
    cross join today
    inner join calendar
        on
            calendar.day > today.day - {{ whole_after_days() }} - {{ learnt_from_days() }}
            and calendar.day < today.day
            and calendar.day >= feeds.first_day
            and calendar.day <= coalesce({{ vendor_end('feeds.feed') }}, today.day)
    left join arrived on feeds.feed = arrived.feed and calendar.day = arrived.day
),

comparable as (
    select
        feed,
        is_business_day,
        cast(avg(records) as double) as usual_records,
        min(records) as least_records
    from days
    where age_days >= {{ whole_after_days() }}
    group by feed, is_business_day
    having count(*) >= {{ comparable_from_least_days() }}
)

select
    days.feed,
    days.day,
    {{ week_start('days.day') }} as week_start,
    usual.age_days,
    cast(days.records as bigint) as records_arrived,
    usual.arrived_share as expected_share,
    cast(nullif(days.records, 0) / nullif(usual.arrived_share, 0) as double) as expected_records,
    comparable.usual_records,
    cast(case
        when usual.days_observed < {{ learnt_from_least_days() }} then null
        when days.records < {{ hardly_any() }} * comparable.least_records * usual.arrived_share
            then days.records / comparable.usual_records
        else usual.arrived_share
    end as double) as complete_share
from days
inner join {{ ref('feed_completeness') }} as usual
    on days.feed = usual.feed and days.age_days = usual.age_days
left join comparable on days.feed = comparable.feed and days.is_business_day = comparable.is_business_day
where days.age_days between 1 and {{ whole_after_days() }}
