-- What of each recent day should have arrived by now, by how much of a day of that age usually has.
with today as (
    select {{ business_date(as_of()) }} as day
),

days as (
    select
        feeds.feed,
        {{ each_day('today.day - ' ~ whole_after_days(), 'today.day - 1') }} as day
    from (select distinct feed from {{ ref('feed_completeness') }}) as feeds
    cross join today
),

arrived as (
    select
        feed,
        day,
        sum(records) as records
    from {{ ref('int_feed_arrivals') }}
    group by feed, day
)

select
    days.feed,
    days.day,
    {{ week_start('days.day') }} as week_start,
    usual.age_days,
    cast(coalesce(arrived.records, 0) as bigint) as records_arrived,
    usual.arrived_share as expected_share,
    cast(arrived.records / nullif(usual.arrived_share, 0) as double) as expected_records
from days
cross join today
inner join {{ ref('feed_completeness') }} as usual
    on days.feed = usual.feed and today.day - days.day = usual.age_days
left join arrived on days.feed = arrived.feed and days.day = arrived.day
