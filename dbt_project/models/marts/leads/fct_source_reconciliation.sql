{{ config(materialized='incremental', unique_key='week_start', meta={'holds_all': true}) }}

-- What each system counts at a joint, and its records that the other has not, by reason.
select
    week_start,
    iso_week,
    source,
    campaign_id,
    joint,
    split_part(joint, '_to_', 1) as left_stage,
    split_part(joint, '_to_', 2) as right_stage,
    {{ records_counted('true', 'left') }} as left_count,
    {{ records_counted('true', 'right') }} as right_count,
    {{ records_counted('true', 'left') }} - {{ records_counted('true', 'right') }} as gap,
    {{ records_counted("reason = 'matched'", 'left') }} as matched,
    {%- for side in ['left', 'right'] %}
    {%- for reason in gap_reasons() %}
    {{ records_counted("reason = '" ~ reason ~ "'", side) }} as {{ side }}_{{ reason }},
    {%- endfor %}
    {%- endfor %}
    {{ records_counted('is_explained', 'left') }} - {{ records_counted('is_explained', 'right') }} as gap_explained,
    {{ records_counted("reason = 'unexplained'", 'left') }} - {{ records_counted("reason = 'unexplained'", 'right') }}
        as gap_unexplained,
    {{ as_of() }} as _modelled_at
from {{ ref('fct_reconciliation_records') }}
group by week_start, iso_week, source, campaign_id, joint
