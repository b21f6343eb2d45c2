{{ config(
    materialized='incremental',
    unique_key='platform, account_id, campaign_id, spend_date, currency',
    pre_hook='{{ forget_renamed_spend() }}'
) }}

{% set again -%}
{{ any_new(ref('int_plan_campaigns')) }}
or {{ any_new(ref('int_plan_spend_map')) }}
or {{ any_new(ref('int_plan_fx_rates')) }}
{%- endset %}

-- Spend as restated last, in its own currency (`cost`) and in the business's (`spend`, NULL without a rate). A day of
-- an account in another time zone is carried whole under its own date; `business_day_share` says how much of it is that
-- business day (NULL where the account's time zone is not told).
-- Spend of a campaign that the plan does not know and no rule maps stays, under 'unmapped'.
with latest as (
    {{ latest_delivered(
        'ad_spend', key='platform, account_id, campaign_id, spend_date, currency',
        derived=[
            'fx_rate', 'spend', 'plan_campaign_id', 'mapped_by', 'source', 'segment', 'is_mapped', 'week_start',
            'business_day_share', 'is_business_day_exact'
        ],
        again=again
    ) }}
),

rules as (
    {{ rules_applied(
        'latest', key=['platform', 'account_id', 'campaign_id', 'spend_date', 'currency'], day='spend_date',
        fields={
            'platform': 'platform', 'account_id': 'account_id', 'campaign_id': 'campaign_id',
            'campaign_name': 'campaign_name', 'utm_campaign': 'campaign_name'
        }
    ) }}
),

plan_campaigns as (
    select distinct campaign_id from {{ ref('int_plan_campaigns') }}
),

identified as (
    select
        latest.*,
        coalesce(own.campaign_id, rules.rule_campaign_id) as plan_campaign_id,
        rules.rule_source,
        case
            when own.campaign_id is not null then 'campaign id'
            when rules.rule_id is not null then 'rule ' || rules.rule_id
        end as mapped_by,
        {{ known_zone('latest.account_time_zone') }} as zone
    from latest
    left join plan_campaigns as own on latest.campaign_id = own.campaign_id
    left join rules
        on
            latest.platform = rules.platform
            and latest.account_id = rules.account_id
            and latest.campaign_id = rules.campaign_id
            and latest.spend_date = rules.spend_date
            and latest.currency = rules.currency
),

dated as (
    select
        *,
        {{ share_of_business_day('spend_date', 'zone') }} as business_day_share
    from identified
),

priced as (
    select
        dated.*,
        {{ fx_rate('dated.currency', 'rates') }} as fx_rate
    from dated
    left join {{ ref('int_plan_fx_rates') }} as rates
        on {{ rate_in_force('rates', 'dated.currency', 'dated.spend_date') }}
)

select
    priced.* exclude (zone, rule_source),
    {{ converted('priced.cost', 'priced.fx_rate') }} as spend,
    coalesce(campaigns.source, priced.rule_source, 'unmapped') as source,
    coalesce(campaigns.segment, 'unmapped') as segment,
    priced.plan_campaign_id is not null as is_mapped,
    {{ week_start('priced.spend_date') }} as week_start,
    priced.business_day_share = 1 as is_business_day_exact,
    {{ as_of() }} as _modelled_at
from priced
left join {{ ref('int_plan_campaigns') }} as campaigns
    on
        priced.plan_campaign_id = campaigns.campaign_id
        and priced.spend_date >= campaigns.applies_from
        and priced.spend_date < campaigns.applies_until
