-- A user's team is the role in the hierarchy, else the department.
with roles as (
    select
        id,
        {{ value_at('max', 'name', '(_landed_at, _line)') }} as name,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('salesforce', 'user_role') }}
    group by id
),

versions as (
    select
        {{ prefixed_id('salesforce', 'users.id') }} as user_id,
        {{ changed_at('users') }} as updated_at,
        users.name,
        users.email,
        coalesce(roles.name, users.department) as team,
        users.title as role,
        users.is_active and not coalesce(users._fivetran_deleted, false) as is_active,
        {{ trace('salesforce', 'users', joined=['roles']) }}
    from {{ landed('salesforce', 'user') }} as users
    left join roles on users.user_role_id = roles.id
)

{{ as_entity('users', 'versions') }}
