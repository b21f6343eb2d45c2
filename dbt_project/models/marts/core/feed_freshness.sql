{#- How often each feed is due stands with its source (`meta.cadence`). -#}
{% set daily_feeds = feeds_due('daily') %}

-- A day of a feed is in when a file for it, or for a later day, has landed; it is due by 06:00 of the next morning. Its
-- first run modelled and served it: only of runs before this one, for a run cannot know its own end. What a feed's
-- first load brings from before is history that nobody waited for.
with loaded as (
    select
        feed,
        coalesce(delivery_day, landed_on) as day,
        min(landed_at) as landed_at,
        min(recorded_at) as known_as_of,
        sum(rows_loaded) as rows_loaded
    from {{ ref('load_manifest') }}
    where status = 'loaded' and system <> 'plan'
    group by feed, coalesce(delivery_day, landed_on)
),

feeds as (
    select
        feed,
        min(day) as first_day,
        min(known_as_of) as first_load,
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
        min(loaded.known_as_of) as known_as_of,
        {{ business_instant('cast(days.day as timestamp) + interval 1 day') }} as day_ends_at
    from days
    left join loaded on days.feed = loaded.feed and days.day <= loaded.day
    group by days.feed, days.day, days.cadence
),

waited_for as (
    select
        covered.feed,
        covered.day,
        covered.known_as_of
    from covered
    inner join feeds on covered.feed = feeds.feed
    where covered.landed_at = covered.known_as_of or covered.known_as_of > feeds.first_load
),

runs as (
    select
        as_of,
        moment,
        reached_at
    from {{ source('andon', 'run_moments') }}
    where as_of < {{ as_of() }}
    union all
    select distinct
        known_as_of as as_of,
        'known' as moment,
        cast(null as timestamp) as reached_at
    from waited_for
    where known_as_of >= (select min(moments.as_of) from {{ source('andon', 'run_moments') }} as moments)
),

reached as (
    select distinct
        as_of,
        min(case when moment = 'modelled' then reached_at end) over since as modelled_at,
        min(case when moment = 'served' then reached_at end) over since as served_at
    from runs
    window since as (order by as_of range between current row and unbounded following)
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
    end as state,
    waited_for.known_as_of,
    reached.modelled_at,
    reached.served_at,
    cast(epoch(reached.modelled_at - covered.landed_at) / 3600.0 as double) as model_hours,
    cast(epoch(reached.served_at - reached.modelled_at) / 3600.0 as double) as serve_hours
from covered
left join loaded on covered.feed = loaded.feed and covered.day = loaded.day
left join waited_for on covered.feed = waited_for.feed and covered.day = waited_for.day
left join reached on waited_for.known_as_of = reached.as_of
