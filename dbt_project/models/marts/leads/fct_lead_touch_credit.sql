{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_leads'}) }}

-- Who gets the credit for a lead: a row per touch and model, 1 per lead and model. A lead without a touch credits the
-- source that the CRM gives it.
with candidates as (
    {{ leads_changed_in('int_touches') }}
    union
    select leads.lead_id from {{ ref('int_leads') }} as leads where {{ is_new('leads') }}
),

touches as (
    select
        leads.lead_id,
        coalesce(touches.touch_id, 'none') as touch_id,
        coalesce(touches.occurred_at, leads.created_at) as touched_at,
        case when touches.touch_id is null then leads.source else touches.source end as source,
        case when touches.touch_id is null then leads.campaign_id else touches.campaign_id end as campaign_id
    from {{ ref('int_leads') }} as leads
    left join {{ ref('int_touches') }} as touches on leads.lead_id = touches.lead_id
    where leads.lead_id in (select candidates.lead_id from candidates)
),

placed as (
    select
        *,
        row_number() over (partition by lead_id order by touched_at, touch_id) as place,
        count(*) over (partition by lead_id) as places
    from touches
),

credits as (
    select
        placed.*,
        models.model,
        case models.model
            when 'first' then case when place = 1 then 1.0 else 0.0 end
            when 'last' then case when place = places then 1.0 else 0.0 end
            else 1.0 / places
        end as credit
    from placed
    cross join (values ('first'), ('last'), ('linear')) as models (model)
)

select
    lead_id,
    touch_id,
    model,
    touched_at,
    source,
    campaign_id,
    cast(credit as double) as credit,
    {{ as_of() }} as _modelled_at
from credits
