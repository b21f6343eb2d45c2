-- Whether a week is closed (over since 06:00 of its next Monday, and every daily feed in through its Sunday) and what
-- its numbers, defects and plan amount to, as one fingerprint: it changes when what the weekly control reads does.
-- How much of it is in is beside the fingerprint: it grows by itself, and what then comes changes the content.
-- A feed whose vendor has ended, and that has delivered to the end, holds no week back.
with feeds as (
    select
        feed,
        case
            when max(coalesce(delivery_day, landed_on)) >= {{ vendor_end('feed') }} then date '2999-12-31'
            else max(coalesce(delivery_day, landed_on))
        end as last_day
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

-- Who was offered leads must have people, minutes and a promise in the plan: else nobody knows what sales can take.
-- A week without a plan has nothing to reconcile.
offers as (
    select
        week_start,
        team,
        segment
    from {{ ref('fct_team_flow_weekly') }}
    where
        offered > 0
        and team is not null
        and week_start in (select targets.week_start from {{ ref('plan_targets_weekly') }} as targets)
),

capacity_gaps as (
    select distinct
        offers.week_start,
        case
            when capacity.team is null then offers.team || ': no line in capacity.csv'
            when capacity.people <= 0 then offers.team || ': no people at work'
            when service.team is not null and service.respond_within_minutes is null
                then offers.team || ': no promise in sla_policy.csv for ' || offers.segment
        end as gap
    from offers
    left join {{ ref('plan_capacity_weekly') }} as capacity
        on offers.week_start = capacity.week_start and offers.team = capacity.team
    left join {{ ref('plan_service_weekly') }} as service
        on
            offers.week_start = service.week_start
            and offers.team = service.team
            and offers.segment = service.segment
),

missing_capacity as (
    select
        week_start,
        string_agg(gap, '; ' order by gap) as gaps
    from capacity_gaps
    where gap is not null
    group by week_start
),

-- How much of each feed's week is in, a day counted by what such a day usually brings. A day that is no longer among
-- the recent ones is whole.
feed_weeks as (
    select
        recent.week_start,
        recent.feed,
        1
        - sum((1 - recent.complete_share) * coalesce(recent.usual_records, 1))
        / nullif(sum(coalesce(recent.usual_records, 1)) * 7.0 / count(*), 0) as complete_share,
        string_agg(
            strftime(recent.day, '%Y-%m-%d'), ', ' order by recent.day
        ) filter (where recent.complete_share < recent.expected_share) as days_off
    from {{ ref('day_completeness') }} as recent
    where recent.complete_share is not null and recent.week_start + 7 <= {{ business_date(as_of()) }}
    group by recent.week_start, recent.feed
),

completeness as (
    select
        week_start,
        min(complete_share) as complete_share,
        string_agg(
            feed || ' ' || cast(floor(100 * complete_share) as integer) || ' %'
            || coalesce(' (next to nothing of ' || days_off || ')', ''),
            ', ' order by complete_share, feed
        ) filter (where complete_share < 0.995) as incomplete
    from feed_weeks
    group by week_start
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
        'spend|' || concat_ws(
            '|', platform, account_id, coalesce(plan_campaign_id, campaign_id), source, currency,
            cast(sum(cost) as varchar), coalesce(cast(sum(spend) as varchar), '~')
        ) as content
    from {{ ref('fct_ad_spend') }}
    group by week_start, platform, account_id, coalesce(plan_campaign_id, campaign_id), source, currency
    union all
    select
        week_start,
        'capacity|' || concat_ws('|', team, people, hours_per_person, availability, minutes_per_lead) as content
    from {{ ref('plan_capacity_weekly') }}
    union all
    select
        week_start,
        'service|' || concat_ws(
            '|', team, segment, minutes_per_lead, coalesce(cast(respond_within_minutes as varchar), '~')
        ) as content
    from {{ ref('plan_service_weekly') }}
    union all
    select
        week_start,
        'defect|' || concat_ws('|', source, segment, criterion_code, criterion_version, state, count(*)) as content
    from standing_defects
    group by week_start, source, segment, criterion_code, criterion_version, state
    union all
    select
        week_start,
        'presented|' || concat_ws(
            '|', source, presented, ready, defective, unevaluable, defects, opportunities_for_defect
        ) as content
    from {{ ref('fct_quality_weekly') }}
    union all
    select
        week_start,
        'verdict|' || concat_ws(
            '|', source, team, rep, inspector_verdict, sales_verdict, reason_code, reason_category, leads
        ) as content
    from {{ ref('fct_sales_verdicts_weekly') }}
    union all
    select
        week_start,
        'audit|' || concat_ws('|', audit_id, audited_by, verdict) as content
    from {{ ref('lead_audits') }}
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
    and {{ as_of() }} >= {{ business_instant("cast(days.week_start as timestamp) + interval '7 days 6 hours'") }}
        as is_closed,
    missing_capacity.gaps as missing_capacity,
    cast(completeness.complete_share as double) as complete_share,
    completeness.incomplete,
    coalesce(fingerprints.fingerprint, md5('')) as fingerprint,
    {{ as_of() }} as as_of
from days
left join fingerprints on days.week_start = fingerprints.week_start
left join missing_capacity on days.week_start = missing_capacity.week_start
left join completeness on days.week_start = completeness.week_start
