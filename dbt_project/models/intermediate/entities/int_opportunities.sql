{{ config(
    materialized='incremental', unique_key='opportunity_id', meta={'lives_in': 'int_opportunity_identity'}
) }}

-- An opportunity belongs to the lead it names, else to the lead that names it, else to the one that became its contact.
-- Its amount in the business currency is by the rate of the day it closed, while open of the day it was created
-- (`value_date`); NULL without a rate.
{% set again -%}
{{ any_new(ref('int_plan_stage_map')) }}
or {{ any_new(ref('int_plan_fx_rates')) }}
or {{ identity_changed() }}
or {{ contact_changed() }}
or previous.lead_id in (select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_new('leads') }})
or previous.opportunity_id in (
    select leads.opportunity_id from {{ ref('int_leads') }} as leads
    where leads.opportunity_id is not null and {{ is_new('leads') }}
)
or previous.account_id in (
    select accounts.account_id from {{ ref('int_accounts') }} as accounts where {{ is_new('accounts') }}
)
{%- endset %}

with candidates as (
    select identities.opportunity_id
    from {{ ref('int_opportunity_identity') }} as identities
    inner join {{ ref('int_opportunity_records') }} as records
        on identities.source_opportunity_id = records.opportunity_id
    where {{ is_new('identities') }} or {{ is_new('records') }}
    {%- if is_incremental() %}
    union
    select previous.opportunity_id from {{ this }} as previous where {{ again }}
    {%- endif %}
),

records as (
    select
        records.* exclude (opportunity_id, _modelled_at),
        records.opportunity_id as source_opportunity_id,
        identities.opportunity_id,
        identities.copied_until,
        identities.copied_from
    from {{ ref('int_opportunity_records') }} as records
    inner join {{ ref('int_opportunity_identity') }} as identities
        on records.opportunity_id = identities.source_opportunity_id
    where identities.opportunity_id in (select candidates.opportunity_id from candidates)
),

-- Once the company moved to another CRM, that one's copy says how things stand; when it came to be, and from whom, the
-- original does.
latest as (
    select
        standing.* exclude (created_at, source_lead_id, contact_id, copied_until, copied_from, source_opportunity_id),
        originals.created_at,
        originals.source_lead_id,
        originals.contact_id
    from records as standing
    inner join records as originals on standing.opportunity_id = originals.source_opportunity_id
    qualify row_number() over (
        partition by standing.opportunity_id
        order by
            standing.copied_until is not null desc, standing.copied_from is null desc, standing.updated_at desc,
            standing.source_opportunity_id
    ) = 1
),

converted as (
    select
        opportunity_id,
        min(lead_id) as lead_id
    from {{ ref('int_leads') }}
    where opportunity_id is not null
    group by opportunity_id
),

contact_leads as (
    {{ leads_by_contact() }}
),

linked as (
    select
        latest.*,
        coalesce(identities.lead_id, latest.source_lead_id, converted.lead_id, contact_leads.lead_id) as lead_id
    from latest
    left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
    left join converted on latest.opportunity_id = converted.opportunity_id
    left join contact_leads on latest.contact_id = contact_leads.contact_id
),

resolved as (
    select
        linked.*,
        coalesce(linked.crm_account_id, leads.account_id) as account_id,
        stages.stage,
        stages.stage_order,
        coalesce(stages.is_closed, false) as is_closed,
        coalesce(stages.is_won, false) as is_won,
        case
            when stages.is_closed and linked.close_date is not null then linked.close_date
            else {{ business_date('linked.created_at') }}
        end as value_date,
        coalesce(leads.source, 'unmapped') as source,
        leads.campaign_id,
        coalesce(leads.segment, accounts.segment, 'unmapped') as segment
    from linked
    left join {{ ref('int_leads') }} as leads on linked.lead_id = leads.lead_id
    left join {{ ref('int_accounts') }} as accounts
        on coalesce(linked.crm_account_id, leads.account_id) = accounts.account_id
    left join {{ ref('int_plan_stage_map') }} as stages
        on
            linked.system = stages.system
            and {{ lookup('linked.crm_stage') }} = stages.lookup_value
            and stages.object = 'opportunity'
),

priced as (
    select
        resolved.*,
        {{ fx_rate('coalesce(resolved.currency, ' ~ business_currency() ~ ')', 'rates') }} as fx_rate
    from resolved
    left join {{ ref('int_plan_fx_rates') }} as rates
        on {{ rate_in_force('rates', 'resolved.currency', 'resolved.value_date') }}
)

select
    *,
    {{ converted('crm_amount', 'fx_rate') }} as amount,
    {{ left_lead_id('priced.opportunity_id', 'priced.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from priced
