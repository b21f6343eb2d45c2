{{ config(materialized='incremental', unique_key='touch_id') }}

{% set again -%}
{{ identity_changed() }}
or {{ contact_changed() }}
or {{ login_changed() }}
or {{ any_new(ref('int_plan_source_map')) }}
or {{ any_new(ref('int_plan_campaigns')) }}
or {{ any_new(ref('int_plan_spend_map')) }}
{%- endset %}

with latest as (
    {{ latest_delivered(
        'web_touches', key='touch_id', renames={'lead_id': 'source_lead_id'},
        derived=['lead_id', 'is_copied', 'occurred_date', 'plan_campaign_id', 'source'], again=again
    ) }}
),

-- Of a CRM's own touches, which have no browser, those that were copied from a CRM that was left are nobody's.
contact_leads as (
    {{ leads_by_contact() }}
),

logins as (
    {{ leads_by_login() }}
),

dated as (
    select
        latest.*,
        coalesce(
            identities.lead_id, latest.source_lead_id, contact_leads.lead_id, {{ lead_of_login('latest', 'logins') }}
        ) as named_lead_id,
        latest.visitor_id is null
        and (
            {{ is_copied_at_a_move('identities', 'latest.occurred_at') }}
            or {{ is_copied_at_a_move('contact_leads', 'latest.occurred_at') }}
        ) as is_copied,
        {{ business_date('latest.occurred_at') }} as occurred_date
    from latest
    left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
    left join contact_leads on latest.contact_id = contact_leads.contact_id
    left join logins on latest.user_id = logins.login
),

rules as (
    {{ rules_applied(
        'dated', key=['touch_id'], day='occurred_date',
        fields={
            'campaign_id': 'campaign_id', 'utm_source': 'utm_source', 'utm_medium': 'utm_medium',
            'utm_campaign': 'utm_campaign'
        }
    ) }}
),

plan_campaigns as (
    select distinct campaign_id from {{ ref('int_plan_campaigns') }}
),

identified as (
    select
        dated.* exclude (named_lead_id),
        case when not dated.is_copied then dated.named_lead_id end as lead_id,
        coalesce(own.campaign_id, rules.rule_campaign_id) as plan_campaign_id,
        rules.rule_source
    from dated
    left join plan_campaigns as own on dated.campaign_id = own.campaign_id
    left join rules on dated.touch_id = rules.touch_id
),

resolved as (
    select
        identified.* exclude (rule_source),
        coalesce(campaigns.source, identified.rule_source, sources.source, 'unmapped') as source
    from identified
    left join {{ ref('int_plan_campaigns') }} as campaigns
        on
            identified.plan_campaign_id = campaigns.campaign_id
            and identified.occurred_date >= campaigns.applies_from
            and identified.occurred_date < campaigns.applies_until
    left join {{ ref('int_plan_source_map') }} as sources
        on identified.system = sources.system and {{ lookup('identified.lead_source') }} = sources.lookup_value
)

select
    *,
    {{ as_of() }} as _modelled_at
from resolved
