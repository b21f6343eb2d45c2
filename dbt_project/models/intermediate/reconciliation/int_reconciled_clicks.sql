{{ config(materialized='ephemeral') }}

-- What the ad platforms charge as clicks against the clicks that the tracker saw. A platform counts without naming, so
-- of a day of a campaign as many are a pair as both have. Machines' clicks and our own people's are not charged.
with charged as (
    select
        *,
        coalesce(plan_campaign_id, 'unmapped') as mapped_campaign_id,
        sum(clicks) over running - clicks as clicks_before
    from {{ ref('int_ad_spend') }}
    where
        clicks > 0
        and {{ is_reconciled_cell('week_start', 'source', "coalesce(plan_campaign_id, 'unmapped')") }}
    window running as (
        partition by spend_date, source, coalesce(plan_campaign_id, 'unmapped')
        order by platform, account_id, campaign_id, currency
        rows between unbounded preceding and current row
    )
),

charged_days as (
    select
        spend_date,
        source,
        mapped_campaign_id,
        sum(clicks) as clicks
    from charged
    group by spend_date, source, mapped_campaign_id
),

ad_clicks as (
    select * from {{ ref('int_lead_touches') }}
    where
        touch_type = 'ad_click'
        and {{ is_reconciled_cell(
            week_start('occurred_date'), 'source', "coalesce(plan_campaign_id, 'unmapped')"
        ) }}
),

actions as (
    {{ tracked_actions('ad_clicks') }}
),

seen as (
    select
        *,
        row_number() over (
            partition by day, source, campaign_id, is_bot or is_internal order by occurred_at, record_id
        ) as place
    from actions
),

countable_days as (
    select
        day,
        source,
        campaign_id,
        count(*) as clicks
    from seen
    where not (is_bot or is_internal)
    group by day, source, campaign_id
),

parted as (
    select
        charged.*,
        greatest(0, least(charged.clicks, coalesce(countable_days.clicks, 0) - charged.clicks_before)) as paired
    from charged
    left join countable_days
        on
            charged.spend_date = countable_days.day
            and charged.source = countable_days.source
            and charged.mapped_campaign_id = countable_days.campaign_id
),

parts as (
    select
        *,
        paired as records,
        'matched' as reason,
        cast(null as varchar) as detail
    from parted
    union all
    select
        *,
        clicks - paired as records,
        'unexplained' as reason,
        'charged by the platform, not seen by the tracker' as detail
    from parted
)

select
    'platform_clicks_to_clicks' as joint,
    'left' as side,
    {{ charged_record_id('reason') }} as record_id,
    cast(records as bigint) as records,
    {{ business_instant('cast(spend_date as timestamp)') }} as occurred_at,
    week_start,
    source,
    mapped_campaign_id as campaign_id,
    cast(null as varchar) as counterpart_id,
    cast(null as date) as counterpart_week_start,
    cast(null as varchar) as counterpart_source,
    cast(null as varchar) as counterpart_campaign_id,
    reason,
    detail,
    cast(null as varchar) as person,
    system,
    source_file,
    source_line
from parts
where records > 0
union all
select
    'platform_clicks_to_clicks' as joint,
    'right' as side,
    seen.record_id,
    cast(1 as bigint) as records,
    seen.occurred_at,
    seen.week_start,
    seen.source,
    seen.campaign_id,
    cast(null as varchar) as counterpart_id,
    cast(null as date) as counterpart_week_start,
    cast(null as varchar) as counterpart_source,
    cast(null as varchar) as counterpart_campaign_id,
    case
        when seen.is_bot then 'bot'
        when seen.is_internal then 'internal'
        when seen.place <= coalesce(charged_days.clicks, 0) then 'matched'
        else 'unexplained'
    end as reason,
    case
        when not (seen.is_bot or seen.is_internal) and seen.place > coalesce(charged_days.clicks, 0)
            then 'seen by the tracker, not charged by the platform'
    end as detail,
    seen.person,
    seen.system,
    seen.source_file,
    seen.source_line
from seen
left join charged_days
    on
        seen.day = charged_days.spend_date
        and seen.source = charged_days.source
        and seen.campaign_id = charged_days.mapped_campaign_id
