-- A campaign's day is the sum over devices and networks, each as delivered last. Cost is in millionths of the account's
-- currency, the day is the account's.
with rows_as_restated as (
    select *
    from {{ landed('google_ads', 'campaign_stats') }}
    qualify row_number() over (
        partition by customer_id, id, date, coalesce(_fivetran_id, concat_ws('|', device, ad_network_type))
        order by _landed_at desc, _fivetran_synced desc nulls last, _file desc, _line desc
    ) = 1
),

days as (
    select
        customer_id,
        id,
        date,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(conversions) as conversions,
        cast(sum(cost_micros) / 1000000.0 as decimal(18, 4)) as cost,
        max_by(_file, (_landed_at, _file, _line)) as _file,
        max_by(_line, (_landed_at, _file, _line)) as _line,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from rows_as_restated
    group by customer_id, id, date
),

campaigns as (
    {{ newest_version('google_ads', 'campaign_history', 'id', ['name'], 'updated_at') }}
),

accounts as (
    {{ newest_version('google_ads', 'account_history', 'id', ['currency_code', 'time_zone'], 'updated_at') }}
),

spend as (
    select
        days.date as spend_date,
        'google_ads' as platform,
        days.customer_id as account_id,
        days.id as campaign_id,
        campaigns.name as campaign_name,
        days.impressions,
        days.clicks,
        days.cost,
        days.conversions as platform_conversions,
        coalesce(accounts.currency_code, {{ business_currency() }}) as currency,
        accounts.time_zone as account_time_zone,
        {{ trace('google_ads', 'days', joined=['campaigns', 'accounts']) }}
    from days
    left join campaigns on days.id = campaigns.id
    left join accounts on days.customer_id = accounts.id
)

{{ as_entity('ad_spend', 'spend') }}
