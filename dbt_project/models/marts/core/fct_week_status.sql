-- Whether a week is closed (over since 06:00 of its next Monday, and every daily feed in through its Sunday) and what its
-- numbers, defects and plan amount to, as one fingerprint: it changes when anything that the weekly control reads does.
with feeds as (
    select
        feed,
        max(coalesce(delivery_day, landed_on)) as last_day
    from {{ ref('load_manifest') }}
    where status = 'loaded' and feed in ({{ feeds_due('daily') }})
    group by feed
),

span as (
    select
        min(week_start) as first_week,
        {{ week_start(business_date(as_of())) }} as last_week
    from {{ ref('fct_source_weekly') }}
),

weeks as (
    {{ week_series('span') }}
),

days as (
    select
        weeks.week_start,
        greatest(0, least(7, min(feeds.last_day) - weeks.week_start + 1)) as days_in,
        string_agg(
            feeds.feed || ' from ' || strftime(greatest(feeds.last_day + 1, weeks.week_start), '%Y-%m-%d'),
            '; ' order by feeds.feed
        ) filter (where feeds.last_day < weeks.week_start + 6) as missing
    from weeks
    left join feeds on true
    group by weeks.week_start
),

standing_defects as (
    select
        {{ week_start(business_date('leads.handed_off_at')) }} as week_start,
        leads.source,
        leads.segment,
        defects.criterion_code,
        defects.criterion_version,
        defects.state
    from {{ ref('lead_defects') }} as defects
    inner join {{ ref('fct_leads') }} as leads on defects.lead_id = leads.lead_id
    where leads.handed_off_at is not null
),

contents as (
    select
        week_start,
        'flow|' || concat_ws(
            '|', source, segment,
            {%- for column in [
                'spend', 'leads', 'handed_off', 'ready_leads', 'defective_leads', 'unevaluable_leads', 'accepted',
                'meetings', 'opportunities', 'won', 'won_value'
            ] %}
            coalesce(cast({{ column }} as varchar), '~'){{ ',' if not loop.last }}
            {%- endfor %}
        ) as content
    from {{ ref('fct_source_weekly') }}
    union all
    select
        week_start,
        'plan|' || concat_ws(
            '|', source, segment, plan_version,
            {%- for column in [
                'spend', 'leads', 'ready_leads', 'accepted', 'meetings', 'opportunities', 'won'
            ] %}
            coalesce(cast({{ column }} as varchar), '~'){{ ',' if not loop.last }}
            {%- endfor %}
        ) as content
    from {{ ref('plan_targets_weekly') }}
    union all
    select
        week_start,
        'defect|' || concat_ws('|', source, segment, criterion_code, criterion_version, state, count(*)) as content
    from standing_defects
    group by week_start, source, segment, criterion_code, criterion_version, state
),

fingerprints as (
    select
        week_start,
        md5(string_agg(content, chr(10) order by content)) as fingerprint
    from contents
    group by week_start
)

select
    days.week_start,
    {{ iso_week('days.week_start') }} as iso_week,
    cast(coalesce(days.days_in, 0) as bigint) as days_in,
    days.missing,
    coalesce(days.days_in, 0) = 7
    and {{ as_of() }} >= {{ business_instant("cast(days.week_start as timestamp) + interval '7 days 6 hours'") }} as is_closed,
    coalesce(fingerprints.fingerprint, md5('')) as fingerprint,
    {{ as_of() }} as as_of
from days
left join fingerprints on days.week_start = fingerprints.week_start
