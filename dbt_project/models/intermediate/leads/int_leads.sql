{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_lead_identity'}) }}

-- One row per surviving lead in its latest state. A lead is computed again when its own record, one merged into it,
-- its account or the plan's names changed, and when a lead with its e-mail did (duplicates look at each other).
with records as (
    select
        records.*,
        identities.lead_id as surviving_lead_id,
        identities.copied_until,
        addresses.email as email_normalised,
        case when addresses.is_valid and not addresses.is_role then addresses.email end as personal_email,
        addresses._modelled_at as _address_modelled_at
    from {{ ref('int_lead_records') }} as records
    inner join {{ ref('int_lead_identity') }} as identities on records.lead_id = identities.source_lead_id
    left join {{ ref('int_email_addresses') }} as addresses on {{ lookup('records.email') }} = addresses.address
),

{% if is_incremental() -%}
changed as (
    select surviving_lead_id as lead_id from records
    where {{ is_new('records') }} or {{ is_new('records', '_address_modelled_at') }}
    union
    {{ leads_changed_in('int_lead_identity') }}
    union
    select records.surviving_lead_id from records
    inner join {{ ref('int_accounts') }} as accounts on records.account_id = accounts.account_id
    where {{ is_new('accounts') }}
    union
    select surviving_lead_id from records
    where
        {{ any_new(ref('int_plan_segments')) }}
        or {{ any_new(ref('int_plan_campaigns')) }}
        or {{ any_new(ref('int_plan_source_map')) }}
        or {{ any_new(ref('int_plan_spend_map')) }}
        or {{ any_new(ref('int_plan_stage_map')) }}
),

changed_emails as (
    select personal_email from records where surviving_lead_id in (select lead_id from changed)
    union
    select personal_email from {{ this }}
    where lead_id in (select lead_id from changed) or lead_id not in (select surviving_lead_id from records)
),

candidates as (
    select lead_id from changed
    union
    select surviving_lead_id from records
    where lead_id = surviving_lead_id and personal_email in (select personal_email from changed_emails)
),
{%- else -%}
candidates as (
    select distinct surviving_lead_id as lead_id from records
),
{%- endif %}

-- A person came when the first of the merged records did, and keeps an opportunity that any of them led to. Once the
-- company moved to another CRM, that one's copy says how things stand; from where it came, the original does.
merged as (
    select
        surviving_lead_id as lead_id,
        coalesce(
            {{ value_at('max', 'lead_id', '(updated_at, lead_id)') }} filter (
                where copied_until is not null and merged_into_lead_id is null
            ),
            surviving_lead_id
        ) as standing_lead_id,
        min(created_at) as created_at,
        max_by(opportunity_id, updated_at) filter (where opportunity_id is not null) as opportunity_id,
        {{ comma_list('lead_id', 'lead_id <> surviving_lead_id') }} as merged_lead_ids
    from records
    where surviving_lead_id in (select lead_id from candidates)
    group by surviving_lead_id
),

people as (
    select
        merged.lead_id,
        records.* exclude (
            lead_id, surviving_lead_id, copied_until, merged_into_lead_id, created_at, opportunity_id, is_deleted,
            system, lead_source, campaign_id, utm_source, utm_medium, utm_campaign, _modelled_at, _address_modelled_at
        ),
        records.system as standing_system,
        origins.system,
        origins.lead_source,
        origins.campaign_id,
        origins.utm_source,
        origins.utm_medium,
        origins.utm_campaign,
        merged.created_at,
        coalesce(records.opportunity_id, merged.opportunity_id) as opportunity_id,
        merged.merged_lead_ids,
        coalesce(records.is_deleted, false) as is_deleted,
        {{ business_date('merged.created_at') }} as created_date
    from records
    inner join merged on records.lead_id = merged.standing_lead_id
    inner join records as origins on merged.lead_id = origins.lead_id
),

same_email as (
    select
        lead_id,
        first_value(lead_id) over in_time as first_lead_id,
        created_date - lag(created_date) over in_time as days_since_same_email
    from people
    where personal_email is not null and not is_deleted
    window in_time as (partition by personal_email order by created_at, lead_id)
),

rules as (
    {{ rules_applied(
        'people', key=['lead_id'], day='created_date',
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
        people.*,
        coalesce(own.campaign_id, rules.rule_campaign_id) as plan_campaign_id,
        rules.rule_source
    from people
    left join plan_campaigns as own on people.campaign_id = own.campaign_id
    left join rules on people.lead_id = rules.lead_id
),

renamed as (
    select
        identified.* exclude (rule_source),
        {{ week_start('identified.created_date') }} as week_start,
        coalesce(campaigns.source, identified.rule_source, sources.source, 'unmapped') as source,
        identified.plan_campaign_id is not null as is_campaign_mapped,
        campaigns.segment as campaign_segment,
        stages.stage as status_stage,
        accounts.segment as account_segment,
        nullif(same_email.first_lead_id, identified.lead_id) as duplicate_of_lead_id,
        cast(same_email.days_since_same_email as bigint) as days_since_same_email
    from identified
    left join {{ ref('int_plan_campaigns') }} as campaigns
        on
            identified.plan_campaign_id = campaigns.campaign_id
            and identified.created_date >= campaigns.applies_from
            and identified.created_date < campaigns.applies_until
    left join {{ ref('int_plan_source_map') }} as sources
        on identified.system = sources.system and {{ lookup('identified.lead_source') }} = sources.lookup_value
    left join {{ ref('int_plan_stage_map') }} as stages
        on
            identified.standing_system = stages.system
            and {{ lookup('identified.status') }} = stages.lookup_value
            and stages.object = 'lead'
    left join {{ ref('int_accounts') }} as accounts on identified.account_id = accounts.account_id
    left join same_email on identified.lead_id = same_email.lead_id
),

segmented as (
    select
        renamed.* exclude (account_segment),
        coalesce(
            {{ segment_named('renamed.crm_segment') }},
            renamed.account_segment,
            {{ segment_sized('renamed.employees') }}
        ) as company_segment
    from renamed
)

select
    * exclude (campaign_segment, standing_system),
    coalesce(campaign_segment, company_segment, 'unmapped') as segment,
    {{ as_of() }} as _modelled_at
from segmented
