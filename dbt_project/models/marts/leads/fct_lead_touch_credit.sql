{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_leads'}) }}

-- Who gets the credit for a lead: a row per touch and model in force when the lead was created, exactly 1 per lead and
-- model. Shares are cut to a millionth; what is left goes to the heaviest touch, of equals the latest. A lead without a
-- touch that counts credits the source that the CRM gives it, in a row of its own ('none').
with candidates as (
    {{ leads_changed_in('int_lead_touches') }}
    {{ or_leads_holding('int_lead_touches', 'touch_id', 'touch_id') }}
    union
    select leads.lead_id from {{ ref('int_leads') }} as leads
    where
        {{ is_new('leads') }}
        or {{ any_new(ref('int_plan_attribution_rules')) }}
        or {{ any_new(ref('int_plan_sources')) }}
),

leads as (
    select
        leads.lead_id,
        leads.created_at,
        leads.week_start,
        leads.source,
        leads.campaign_id,
        leads.plan_campaign_id,
        rules.* exclude (applies_from, applies_until, source_file, source_line, _modelled_at)
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_plan_attribution_rules') }} as rules
        on leads.created_date >= rules.applies_from and leads.created_date < rules.applies_until
    where leads.lead_id in (select candidates.lead_id from candidates)
),

touches as (
    select
        leads.*,
        touches.touch_id,
        touches.occurred_at as touched_at,
        touches.source as touch_source,
        touches.campaign_id as touch_campaign_id,
        touches.plan_campaign_id as touch_plan_campaign_id,
        coalesce(sources.is_paid, false) as is_paid,
        case
            when {{ elapsed_days('touches.occurred_at', 'leads.created_at') }} > leads.window_days then 'before_window'
            when {{ elapsed_days('leads.created_at', 'touches.occurred_at') }} > leads.days_after then 'after_window'
            when
                position(
                    ';' || {{ lookup('sources.channel') }} || ';'
                    in ';' || replace(replace({{ lookup('leads.excluded_channels') }}, '; ', ';'), ' ;', ';') || ';'
                ) > 0
                then 'excluded_channel'
            else 'touch'
        end as basis
    from leads
    inner join {{ ref('int_lead_touches') }} as touches on leads.lead_id = touches.lead_id
    left join {{ ref('int_plan_sources') }} as sources on touches.source = sources.source
),

placed as (
    select
        *,
        row_number() over in_order as place,
        count(*) over (partition by lead_id, model) as places,
        max(touched_at) over (partition by lead_id, model) as latest_at
    from touches
    where basis = 'touch'
    window in_order as (
        partition by lead_id, model order by
            touched_at,
            case when tie_break in ('paid_first', 'paid_last') then is_paid = (tie_break = 'paid_last') end,
            case when tie_break = 'highest_id_first' then touch_id end desc,
            touch_id
    )
),

weighted as (
    select
        *,
        cast(round(1e9 * case model
            when 'first' then case when place = 1 then 1 else 0 end
            when 'last' then case when place = places then 1 else 0 end
            when 'position_based'
                then
                    case
                        when places = 1 then 1
                        when place = 1 then first_weight
                        when place = places then last_weight
                        else (1 - first_weight - last_weight) / (places - 2)
                    end
            when 'time_decay' then power(0.5, {{ elapsed_days('touched_at', 'latest_at') }} / half_life_days)
            else 1
        end) as bigint) as parts
    from placed
),

shared as (
    select
        *,
        {{ whole_division('parts * 1000000', 'sum(parts) over (partition by lead_id, model)') }} as millionths,
        row_number() over (partition by lead_id, model order by parts desc, place desc) as weight_rank
    from weighted
),

credited as (
    select
        *,
        millionths + case
            when weight_rank = 1 then 1000000 - sum(millionths) over (partition by lead_id, model) else 0
        end as share
    from shared
),

given as (
    select
        lead_id,
        touch_id,
        model,
        basis,
        touched_at,
        week_start,
        touch_source as source,
        touch_campaign_id as campaign_id,
        touch_plan_campaign_id as plan_campaign_id,
        share
    from credited
    union all
    select
        lead_id,
        touch_id,
        model,
        basis,
        touched_at,
        week_start,
        touch_source as source,
        touch_campaign_id as campaign_id,
        touch_plan_campaign_id as plan_campaign_id,
        0 as share
    from touches
    where basis <> 'touch'
    union all
    select
        lead_id,
        'none' as touch_id,
        model,
        case
            when lead_id in (select touches.lead_id from touches) then 'no_touch_counts' else 'no_touch'
        end as basis,
        created_at as touched_at,
        week_start,
        source,
        campaign_id,
        plan_campaign_id,
        1000000 as share
    from leads
    where (lead_id, model) not in (select (placed.lead_id, placed.model) from placed)
)

select
    lead_id,
    touch_id,
    model,
    basis,
    touched_at,
    week_start,
    source,
    campaign_id,
    plan_campaign_id,
    cast(share / 1000000.0 as decimal(9, 6)) as credit,
    {{ as_of() }} as _modelled_at
from given
