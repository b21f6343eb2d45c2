-- Cost is in the account's currency; where the account is not known, what the platform converted to USD. The platform
-- counts days in UTC, whatever the account's time zone. Of conversions it claims those on the web site and the leads of
-- its own forms, which are none of the former.
with campaigns as (
    {{ newest_version('linkedin_ads', 'campaign_history', 'id', ['name', 'account_id'], 'last_modified_time') }}
),

accounts as (
    {{ newest_version('linkedin_ads', 'account_history', 'id', ['currency'], 'last_modified_time') }}
),

days_as_restated as (
    select *
    from {{ landed('linkedin_ads', 'ad_analytics_by_campaign') }}
    qualify row_number() over (
        partition by campaign_id, day order by _landed_at desc, _fivetran_synced desc nulls last, _file desc, _line desc
    ) = 1
),

spend as (
    select
        days.day as spend_date,
        'linkedin' as platform,
        coalesce(campaigns.account_id, 'unknown') as account_id,
        days.campaign_id,
        campaigns.name as campaign_name,
        days.impressions,
        days.clicks,
        case
            when accounts.currency is not null then coalesce(days.cost_in_local_currency, 0)
            else coalesce(days.cost_in_usd, days.cost_in_local_currency, 0)
        end as cost,
        coalesce(
            accounts.currency, case when days.cost_in_usd is not null then 'USD' end, {{ business_currency() }}
        ) as currency,
        'UTC' as account_time_zone,
        case
            when coalesce(days.external_website_conversions, days.one_click_leads) is not null
                then coalesce(days.external_website_conversions, 0) + coalesce(days.one_click_leads, 0)
        end as platform_conversions,
        {{ trace('linkedin_ads', 'days', joined=['campaigns', 'accounts']) }}
    from days_as_restated as days
    left join campaigns on days.campaign_id = campaigns.id
    left join accounts on campaigns.account_id = accounts.id
)

{{ as_entity('ad_spend', 'spend') }}
