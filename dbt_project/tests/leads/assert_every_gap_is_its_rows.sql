-- At every joint each system's count is what both have, and by reason what the other has not; both have as many.
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
