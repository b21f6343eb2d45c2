-- How much of a day has usually arrived by its age, learnt from the days that are old enough to be whole and young
-- enough to be usual. Days without any record say nothing, nor do those from before the feed began: its first delivery
-- brings their records long after them.
with today as (
    select {{ business_date(as_of()) }} as day
),

begun as (
    select
        feed,
        min(day + cast(age_days as integer)) - 1 as first_day
    from {{ ref('int_feed_arrivals') }}
    group by feed
),

whole as (
    select arrivals.*
    from {{ ref('int_feed_arrivals') }} as arrivals
    inner join begun on arrivals.feed = begun.feed and arrivals.day >= begun.first_day
    cross join today
    where
        arrivals.day <= today.day - {{ whole_after_days() }}
        and arrivals.day > today.day - {{ whole_after_days() }} - {{ learnt_from_days() }}
),

feeds as (
    select
        feed,
        sum(records) as records,
        count(distinct day) as days
    from whole
    group by feed
),

steps as (
    select unnest(range(0, {{ whole_after_days() }} + 1)) as age_days
),

ages as (
    select
        feeds.feed,
        feeds.records,
        feeds.days,
        cast(steps.age_days as bigint) as age_days
    from feeds
    cross join steps
)

select
    ages.feed,
    ages.age_days,
    ages.days as days_observed,
    cast(ages.records as bigint) as records_observed,
    cast(coalesce(sum(whole.records), 0) / ages.records as double) as arrived_share
from ages
left join whole on ages.feed = whole.feed and ages.age_days >= whole.age_days
group by ages.feed, ages.age_days, ages.days, ages.records
