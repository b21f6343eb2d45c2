-- The campaigns' report, or, when there is none, the ads' report added up. The day is the account's. An ad whose
-- campaign is not known stands for itself, so that no spend is lost.
with ads as (
    {{ newest_version('meta_ads', 'ad_history', 'id', ['campaign_id'], 'updated_time') }}
),

campaigns as (
    {{ newest_version('meta_ads', 'campaign_history', 'id', ['name'], 'updated_time') }}
),

accounts as (
    {{ newest_version('meta_ads', 'account_history', 'id', ['currency', 'timezone_name'], '_fivetran_synced') }}
),

has_campaign_report as (
    select exists(select 1 from {{ landed('meta_ads', 'basic_campaign') }}) as is_there
),

ads_as_restated as (
    select *
    from {{ landed('meta_ads', 'basic_ad') }}
    where not (select has_campaign_report.is_there from has_campaign_report)
    qualify row_number() over (
        partition by ad_id, date order by _landed_at desc, _fivetran_synced desc nulls last, _file desc, _line desc
    ) = 1
),

days as (
    select
        date,
        account_id,
        campaign_id,
        campaign_name,
        impressions,
        inline_link_clicks,
        spend,
        _file,
        _line,
        _landed_at,
        landed_on
    from {{ landed('meta_ads', 'basic_campaign') }}
    union all
    select
        reports.date,
        reports.account_id,
        coalesce(ads.campaign_id, 'ad ' || reports.ad_id) as campaign_id,
        cast(null as varchar) as campaign_name,
        sum(reports.impressions) as impressions,
        sum(reports.inline_link_clicks) as inline_link_clicks,
        sum(reports.spend) as spend,
        max_by(reports._file, (reports._landed_at, reports._file, reports._line)) as _file,
        max_by(reports._line, (reports._landed_at, reports._file, reports._line)) as _line,
        max(greatest(reports._landed_at, ads._landed_at)) as _landed_at,
        max(greatest(reports.landed_on, ads.landed_on)) as landed_on
    from ads_as_restated as reports
    left join ads on reports.ad_id = ads.id
    group by reports.date, reports.account_id, coalesce(ads.campaign_id, 'ad ' || reports.ad_id)
),

spend as (
    select
        days.date as spend_date,
        'meta_ads' as platform,
        days.account_id,
        days.campaign_id,
        coalesce(days.campaign_name, campaigns.name) as campaign_name,
        days.impressions,
        days.inline_link_clicks as clicks,
        days.spend as cost,
        coalesce(accounts.currency, {{ business_currency() }}) as currency,
        accounts.timezone_name as account_time_zone,
        {{ trace('meta_ads', 'days', joined=['campaigns', 'accounts']) }}
    from days
    left join campaigns on days.campaign_id = campaigns.id
    left join accounts on days.account_id = accounts.id
)

{{ as_entity('ad_spend', 'spend') }}
