{#- How often each feed is due stands with its source (`meta.cadence`). -#}
{% set daily_feeds = feeds_due('daily') %}

-- A day of a feed is in when a file for it, or for a later day, has landed; it is due by 06:00 of the next morning.
with loaded as (
    select
        feed,
        coalesce(delivery_day, landed_on) as day,
        min(landed_at) as landed_at,
        sum(rows_loaded) as rows_loaded
    from {{ ref('load_manifest') }}
    where status = 'loaded' and system <> 'plan'
    group by feed, coalesce(delivery_day, landed_on)
),

feeds as (
    select
        feed,
        min(day) as first_day,
        case when feed in ({{ daily_feeds }}) then 'daily' else 'on_change' end as cadence
    from loaded
    group by feed
),

last_day as (
    select {{ business_date(as_of()) }} - 1 as day
),

days as (
    select
        feeds.feed,
        feeds.cadence,
        cast(unnest(generate_series(
            feeds.first_day, least(last_day.day, {{ vendor_end('feeds.feed') }}), interval 1 day
        )) as date) as day
    from feeds
    cross join last_day
    where feeds.cadence = 'daily'
    union all
    select
        feeds.feed,
        feeds.cadence,
        loaded.day
    from feeds
    inner join loaded on feeds.feed = loaded.feed
    where feeds.cadence = 'on_change'
),

covered as (
    select
        days.feed,
        days.day,
        days.cadence,
        min(loaded.landed_at) as landed_at,
        {{ business_instant('cast(days.day as timestamp) + interval 1 day') }} as day_ends_at
    from days
    left join loaded on days.feed = loaded.feed and days.day <= loaded.day
    group by days.feed, days.day, days.cadence
)

select
    covered.feed,
    covered.day,
    covered.cadence,
    covered.landed_at,
    cast(coalesce(loaded.rows_loaded, 0) as bigint) as rows_loaded,
    cast(epoch(covered.landed_at - covered.day_ends_at) / 3600.0 as double) as lag_hours,
    case
        when covered.landed_at is null then 'missing'
        when covered.cadence = 'daily' and covered.landed_at > covered.day_ends_at + interval 6 hour then 'late'
        else 'in'
    end as state
from covered
left join loaded on covered.feed = loaded.feed and covered.day = loaded.day
