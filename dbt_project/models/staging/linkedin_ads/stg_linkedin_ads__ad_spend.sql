-- Cost is in the account's currency; where the account is not known, what the platform converted to USD. The platform
-- counts days in UTC, whatever the account's time zone.
with campaigns as (
    {{ newest_version('linkedin_ads', 'campaign_history', 'id', ['name', 'account_id'], 'last_modified_time') }}
),

accounts as (
    {{ newest_version('linkedin_ads', 'account_history', 'id', ['currency'], 'last_modified_time') }}
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
        {{ trace('linkedin_ads', 'days', joined=['campaigns', 'accounts']) }}
    from {{ landed('linkedin_ads', 'ad_analytics_by_campaign') }} as days
    left join campaigns on days.campaign_id = campaigns.id
    left join accounts on campaigns.account_id = accounts.id
)

{{ as_entity('ad_spend', 'spend') }}
