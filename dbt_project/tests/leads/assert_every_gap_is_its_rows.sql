-- At every joint each system's count is what both have, and by reason what the other has not; both have as many. Who
-- stayed is a lead on the left without the milestone of the joint's right stage.
with cells as (
    select
        *,
        {%- for side in ['left', 'right'] %}
        {{ side }}_count - matched
        {%- for reason in gap_reasons() %}
        - {{ side }}_{{ reason }}
        {%- endfor %} as {{ side }}_lost,
        {%- endfor %}
        gap - gap_explained - gap_unexplained as gap_lost
    from {{ ref('fct_source_reconciliation') }}
),

pairs as (
    select
        week_start,
        source,
        campaign_id,
        joint,
        sum(case when side = 'left' then records else -records end) as unpaired
    from {{ ref('fct_reconciliation_records') }}
    where reason = 'matched'
    group by week_start, source, campaign_id, joint
),

-- What a stage counts is what the marts of that stage count.
stages as (
    select
        'leads' as stage,
        (select sum(left_count) from cells where joint = 'leads_to_handed_off') as counted,
        (select count(*) from {{ ref('fct_leads') }} where lifecycle_stage <> 'deleted') as delivered
    union all
    select
        'handed_off' as stage,
        (select sum(right_count) from cells where joint = 'leads_to_handed_off') as counted,
        (
            select count(*) from {{ ref('fct_leads') }}
            where lifecycle_stage <> 'deleted' and handed_off_at is not null
        ) as delivered
    union all
    select
        'clicks' as stage,
        (select sum(left_count) from cells where joint = 'platform_clicks_to_clicks') as counted,
        (select sum(clicks) from {{ ref('int_ad_spend') }} where clicks > 0) as delivered
    union all
    select
        'platform_conversions' as stage,
        (select sum(left_count) from cells where joint = 'platform_conversions_to_leads') as counted,
        (
            select sum(claims.conversions)
            from (
                select greatest(round(sum(platform_conversions)), 0) as conversions
                from {{ ref('int_ad_spend') }}
                group by week_start, source, coalesce(plan_campaign_id, 'unmapped')
            ) as claims
        ) as delivered
),

stayed as (
    select
        records.record_key,
        records.side = 'left' and case records.joint
            when 'leads_to_handed_off' then leads.lead_id is not null and leads.handed_off_at is null
            when 'handed_off_to_pipeline' then leads.handed_off_at is not null and leads.opportunity_at is null
            else false
        end as is_so
    from {{ ref('fct_reconciliation_records') }} as records
    left join {{ ref('fct_leads') }} as leads on records.record_id = leads.lead_id
    where records.reason = 'stayed'
)

select
    'cell' as what,
    joint || ' ' || week_start || ' ' || source || ' ' || campaign_id as place
from cells
where left_lost <> 0 or right_lost <> 0 or gap_lost <> 0
union all
select
    'pair' as what,
    joint || ' ' || week_start || ' ' || source || ' ' || campaign_id as place
from pairs
where unpaired <> 0
union all
select
    'stage' as what,
    stage as place
from stages
where coalesce(counted, 0) <> coalesce(delivered, 0)
union all
select
    'stayed' as what,
    record_key as place
from stayed
where not is_so
