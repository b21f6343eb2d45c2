{{ config(materialized='incremental', unique_key='week_start', meta={'holds_all': true}) }}

-- What each system counts at a joint, and its records that the other has not, by reason. A platform claims conversions
-- in sums, without naming whom: such a gap is explained as far as the tracker's form fills of that week and campaign
-- (for leads that nobody claims, the CRM's leads) have reasons, taken in their order, and what is left is not.
with counted as (
    select
        week_start,
        source,
        campaign_id,
        joint,
        {%- for side in ['left', 'right'] %}
        {%- for reason in gap_reasons() %}
        {{ records_counted("reason = '" ~ reason ~ "'", side) }} as {{ side }}_{{ reason }},
        {%- endfor %}
        {%- endfor %}
        {{ records_counted('true', 'left') }} as left_count,
        {{ records_counted('true', 'right') }} as right_count,
        {{ records_counted("reason = 'matched'", 'left') }} as matched
    from {{ ref('fct_reconciliation_records') }}
    group by week_start, source, campaign_id, joint
),

claims as (
    select
        week_start,
        source,
        campaign_id,
        cast(greatest(round(platform_conversions), 0) as bigint) as conversions
    from {{ ref('fct_channel_weekly') }}
    where platform_conversions is not null
),

claimed as (
    select
        claims.week_start,
        claims.source,
        claims.campaign_id,
        claims.conversions as left_count,
        coalesce(fills.right_count, 0) as right_count,
        {%- for side in ['left', 'right'] %}
        {%- for reason in gap_reasons() %}
        coalesce(fills.{{ side }}_{{ reason }}, 0) as {{ side }}_{{ reason }}_there,
        {%- endfor %}
        {%- endfor %}
        greatest(claims.conversions - coalesce(fills.right_count, 0), 0) as left_only,
        greatest(coalesce(fills.right_count, 0) - claims.conversions, 0) as right_only
    from claims
    left join counted as fills
        on
            claims.week_start = fills.week_start
            and claims.source = fills.source
            and claims.campaign_id = fills.campaign_id
            and fills.joint = 'form_fills_to_leads'
),

joints as (
    select * from counted
    union all
    select
        week_start,
        source,
        campaign_id,
        'platform_conversions_to_leads' as joint,
        {%- for side in ['left', 'right'] %}
        {%- for reason in gap_reasons() %}
        {%- set before = namespace(sum=side ~ '_only') %}
        {%- for earlier in gap_reasons()[:loop.index0] %}
        {%- set before.sum = before.sum ~ ' - ' ~ side ~ '_' ~ earlier ~ '_there' %}
        {%- endfor %}
        {%- if reason == 'unexplained' %}
        greatest({{ before.sum }}, 0) as {{ side }}_{{ reason }},
        {%- else %}
        greatest(least({{ side }}_{{ reason }}_there, {{ before.sum }}), 0) as {{ side }}_{{ reason }},
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        left_count,
        right_count,
        least(left_count, right_count) as matched
    from claimed
)

select
    week_start,
    {{ iso_week('week_start') }} as iso_week,
    source,
    campaign_id,
    joint,
    split_part(joint, '_to_', 1) as left_stage,
    split_part(joint, '_to_', 2) as right_stage,
    left_count,
    right_count,
    left_count - right_count as gap,
    matched,
    {%- for side in ['left', 'right'] %}
    {%- for reason in gap_reasons() %}
    {{ side }}_{{ reason }},
    {%- endfor %}
    {%- endfor %}
    left_count - right_count - left_unexplained + right_unexplained as gap_explained,
    left_unexplained - right_unexplained as gap_unexplained,
    {{ as_of() }} as _modelled_at
from joints
