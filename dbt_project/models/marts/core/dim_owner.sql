-- Who can own something: the CRM's users, a row per version, and the plan's roles.
select
    user_id as owner_id,
    'user' as owner_kind,
    name,
    email,
    team,
    role,
    cast(null as varchar) as channel,
    is_active,
    valid_from,
    valid_to,
    valid_to is null as is_current
from {{ ref('int_users') }}
union all
select
    owner as owner_id,
    'role' as owner_kind,
    title as name,
    email,
    cast(null as varchar) as team,
    owner as role,
    channel,
    true as is_active,
    timestamp '1970-01-01 00:00:00' as valid_from,
    cast(null as timestamp) as valid_to,
    true as is_current
from {{ ref('int_plan_owners') }}
