{%- set conditions = [
    'platform', 'account_id', 'campaign_id', 'campaign_name', 'utm_source', 'utm_medium', 'utm_campaign'
] -%}

-- Conditions as LIKE patterns, NULL where the rule does not ask: the map's only wildcard is `*`.
with current_rows as (
    select * from {{ ref('stg_plan__spend_map') }}
    qualify {{ in_latest_snapshot() }}
)

select
    rule_id,
    priority,
    {%- for condition in conditions %}
    {{ like_pattern(condition) }} as {{ condition }},
    {%- endfor %}
    source,
    maps_to_campaign,
    valid_from,
    coalesce(valid_to, date '9999-12-31') as valid_to,
    source_file,
    source_line,
    _landed_at as _modelled_at
from current_rows
