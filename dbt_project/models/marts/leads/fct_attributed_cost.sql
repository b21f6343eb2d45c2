{{ config(materialized='incremental', unique_key='campaign_id, week_start', meta={'lives_in': 'int_spend_weekly'}) }}

-- What leads cost by each attribution model: a campaign's spend of a week, shared to the cent among the leads created
-- in that week in proportion to the credit that they give the campaign. Where no lead gives any, the spend stands under
-- lead 'none', so that each model's rows add up to the spend.
with changed_leads as (
    select credits.lead_id from {{ ref('fct_lead_touch_credit') }} as credits where {{ is_new('credits') }}
    union
    select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_new('leads') }}
    {%- if is_incremental() %}
    union
    select before.lead_id from {{ this }} as before
    where before.lead_id <> 'none' and before.lead_id not in (select leads.lead_id from {{ ref('int_leads') }} as leads)
    {%- endif %}
),

changed_cells as (
    select
        coalesce(credits.plan_campaign_id, credits.campaign_id) as campaign_id,
        credits.week_start
    from {{ ref('fct_lead_touch_credit') }} as credits
    where credits.lead_id in (select changed_leads.lead_id from changed_leads)
    {%- if is_incremental() %}
    union
    select
        before.campaign_id,
        before.week_start
    from {{ this }} as before
    where before.lead_id in (select changed_leads.lead_id from changed_leads)
    {%- endif %}
),

cells as (
    select
        spend.campaign_id,
        spend.week_start,
        spend.cents
    from {{ ref('int_spend_weekly') }} as spend
    where
        {{ is_new('spend') }}
        or {{ any_new(ref('int_plan_attribution_rules')) }}
        or (spend.campaign_id, spend.week_start) in (
            select (changed_cells.campaign_id, changed_cells.week_start) from changed_cells
        )
),

credits as (
    select
        coalesce(credits.plan_campaign_id, credits.campaign_id) as campaign_id,
        credits.week_start,
        credits.model,
        credits.lead_id,
        sum(credits.credit) as credit
    from {{ ref('fct_lead_touch_credit') }} as credits
    inner join {{ ref('int_leads') }} as leads on credits.lead_id = leads.lead_id
    where credits.credit > 0 and not leads.is_deleted
    group by coalesce(credits.plan_campaign_id, credits.campaign_id), credits.week_start, credits.model, credits.lead_id
),

models as (
    select distinct rules.model from {{ ref('int_plan_attribution_rules') }} as rules
),

summed as (
    select
        cells.campaign_id,
        cells.week_start,
        cells.cents,
        models.model,
        coalesce(credits.lead_id, 'none') as lead_id,
        coalesce(credits.credit, 0) as credit,
        cast(sum(credits.credit) over up_to * 1000000 as bigint) as millionths_up_to,
        cast(sum(credits.credit) over whole * 1000000 as bigint) as millionths
    from cells
    cross join models
    left join credits
        on
            cells.campaign_id = credits.campaign_id
            and cells.week_start = credits.week_start
            and models.model = credits.model
    window
        whole as (partition by cells.campaign_id, cells.week_start, models.model),
        up_to as (
            partition by cells.campaign_id, cells.week_start, models.model order by credits.lead_id
            rows between unbounded preceding and current row
        )
),

shared as (
    select
        *,
        case
            when lead_id = 'none' then cents
            else {{ whole_division('cast(cents as hugeint) * millionths_up_to', 'millionths') }}
        end as cents_up_to
    from summed
)

select
    campaign_id,
    week_start,
    model,
    lead_id,
    cast(credit as decimal(18, 6)) as credit,
    cast((
        cents_up_to
        - coalesce(lag(cents_up_to) over (partition by campaign_id, week_start, model order by lead_id), 0)
    ) / 100.0 as decimal(18, 2)) as attributed_cost,
    {{ as_of() }} as _modelled_at
from shared
