-- The campaigns' report, or, when there is none, the ads' report added up; the same of what the platform claims that
-- they led to. The day is the account's. An ad whose campaign is not known stands for itself, and what is claimed of a
-- day without a report stands on a row without cost, so that nothing is lost.
with ads as (
    {{ newest_version('meta_ads', 'ad_history', 'id', ['campaign_id'], 'updated_time') }}
),

campaigns as (
    {{ newest_version('meta_ads', 'campaign_history', 'id', ['name'], 'updated_time') }}
),

accounts as (
    {{ newest_version('meta_ads', 'account_history', 'id', ['currency', 'timezone_name'], '_fivetran_synced') }}
),

delivered as (
    select
        exists(select 1 from {{ landed('meta_ads', 'basic_campaign') }}) as campaigns,
        exists(select 1 from {{ landed('meta_ads', 'basic_campaign_actions') }}) as campaign_actions,
        exists(select 1 from {{ landed('meta_ads', 'basic_ad_actions') }}) as ad_actions
),

campaigns_as_restated as (
    select *
    from {{ landed('meta_ads', 'basic_campaign') }}
    qualify row_number() over (
        partition by campaign_id, date
        order by _landed_at desc, _fivetran_synced desc nulls last, _file desc, _line desc
    ) = 1
),

ads_as_restated as (
    select *
    from {{ landed('meta_ads', 'basic_ad') }}
    where not (select delivered.campaigns from delivered)
    qualify row_number() over (
        partition by ad_id, date order by _landed_at desc, _fivetran_synced desc nulls last, _file desc, _line desc
    ) = 1
),

reports as (
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
    from campaigns_as_restated
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

actions as (
    select
        date,
        campaign_id as subject,
        campaign_id,
        action_type,
        value,
        _fivetran_synced,
        _file,
        _line,
        _landed_at,
        landed_on
    from {{ landed('meta_ads', 'basic_campaign_actions') }}
    union all
    select
        ad_actions.date,
        ad_actions.ad_id as subject,
        coalesce(ads.campaign_id, 'ad ' || ad_actions.ad_id) as campaign_id,
        ad_actions.action_type,
        ad_actions.value,
        ad_actions._fivetran_synced,
        ad_actions._file,
        ad_actions._line,
        greatest(ad_actions._landed_at, ads._landed_at) as _landed_at,
        greatest(ad_actions.landed_on, ads.landed_on) as landed_on
    from {{ landed('meta_ads', 'basic_ad_actions') }} as ad_actions
    left join ads on ad_actions.ad_id = ads.id
    where not (select delivered.campaign_actions from delivered)
),

actions_as_restated as (
    select * from actions
    qualify row_number() over (
        partition by subject, date, action_type
        order by _landed_at desc, _fivetran_synced desc nulls last, _file desc, _line desc
    ) = 1
),

-- `lead` is the platform's own total; where it is not told, its parts are: by the pixel, and by the platform's forms.
claims_by_subject as (
    select
        campaign_id,
        date,
        coalesce(
            sum(value) filter (where action_type = 'lead'),
            sum(value) filter (
                where action_type in ('offsite_conversion.fb_pixel_lead', 'onsite_conversion.lead_grouped')
            )
        ) as conversions,
        max_by(_file, (_landed_at, _file, _line)) as _file,
        max_by(_line, (_landed_at, _file, _line)) as _line,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from actions_as_restated
    group by subject, campaign_id, date
),

claims as (
    select
        campaign_id,
        date,
        sum(conversions) as conversions,
        max_by(_file, (_landed_at, _file, _line)) as _file,
        max_by(_line, (_landed_at, _file, _line)) as _line,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from claims_by_subject
    group by campaign_id, date
),

owners as (
    select
        campaign_id,
        max(account_id) as account_id
    from reports
    group by campaign_id
),

days as (
    select
        reports.*,
        claims.conversions,
        claims._landed_at as _claims_landed_at,
        claims.landed_on as claims_landed_on
    from reports
    left join claims on reports.campaign_id = claims.campaign_id and reports.date = claims.date
    union all
    select
        claims.date,
        coalesce(owners.account_id, 'unknown') as account_id,
        claims.campaign_id,
        cast(null as varchar) as campaign_name,
        cast(null as bigint) as impressions,
        cast(null as bigint) as inline_link_clicks,
        0 as spend,
        claims._file,
        claims._line,
        claims._landed_at,
        claims.landed_on,
        claims.conversions,
        claims._landed_at as _claims_landed_at,
        claims.landed_on as claims_landed_on
    from claims
    left join owners on claims.campaign_id = owners.campaign_id
    where
        claims.conversions > 0
        and (claims.campaign_id, claims.date) not in (select (reports.campaign_id, reports.date) from reports)
),

days_as_claimed as (
    select
        * exclude (_landed_at, landed_on, _claims_landed_at, claims_landed_on),
        greatest(_landed_at, _claims_landed_at) as _landed_at,
        greatest(landed_on, claims_landed_on) as landed_on
    from days
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
        -- A report of actions names only what happened.
        case
            when delivered.campaign_actions or delivered.ad_actions then coalesce(days.conversions, 0)
        end as platform_conversions,
        {{ trace('meta_ads', 'days', joined=['campaigns', 'accounts']) }}
    from days_as_claimed as days
    cross join delivered
    left join campaigns on days.campaign_id = campaigns.id
    left join accounts on days.account_id = accounts.id
)

{{ as_entity('ad_spend', 'spend') }}
