{{ config(materialized='incremental', unique_key='entity, record_id') }}

{#- (entity, key, business day of the record) -#}
{% set entities = [
    ('leads', 'lead_id', business_date('created_at')),
    ('lead_events', 'event_id', business_date('event_at')),
    ('activities', 'activity_id', business_date('occurred_at')),
    ('opportunity_stages', 'history_id', business_date('entered_at')),
    ('web_touches', 'touch_id', business_date('occurred_at')),
    ('ad_spend', "concat_ws('|', platform, account_id, campaign_id, spend_date, currency)", 'spend_date'),
] %}

-- When each record first landed, and the day it was of then: what is delivered again later does not make it late.
with deliveries as (
    {%- for entity, key, day in entities %}
    select
        '{{ entity }}' as entity,
        {{ key }} as record_id,
        fresh.system,
        {{ day }} as day,
        fresh._landed_at as landed_at,
        fresh.source_file,
        fresh.source_line
    from {{ delivered(entity) }} as fresh
    where {{ is_new_landed('fresh') }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

candidates as (
    select * from deliveries
    {%- if is_incremental() %}
    union all
    select
        entity,
        record_id,
        system,
        day,
        landed_at,
        source_file,
        source_line
    from {{ this }}
    where (entity, record_id) in (select (deliveries.entity, deliveries.record_id) from deliveries)
    {%- endif %}
)

select
    *,
    {{ as_of() }} as _modelled_at
from candidates
qualify row_number() over (
    partition by entity, record_id order by landed_at, source_file, source_line
) = 1
