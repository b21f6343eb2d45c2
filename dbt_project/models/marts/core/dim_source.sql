select
    source,
    title,
    channel,
    is_paid,
    owner
from {{ ref('int_plan_sources') }}
union all
select
    'unmapped' as source,
    'Not mapped to a source' as title,
    'unmapped' as channel,
    cast(null as boolean) as is_paid,
    cast(null as varchar) as owner
