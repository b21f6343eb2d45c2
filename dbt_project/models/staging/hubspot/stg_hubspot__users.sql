-- An owner's team is the primary one.
with teams as (
    select
        owner_teams.owner_id,
        {{ value_at(
            'max', 'coalesce(teams.name, owner_teams.team_id)',
            '(coalesce(owner_teams.is_team_primary, false), owner_teams._landed_at, owner_teams.team_id, teams._landed_at)'
        ) }} as name,
        max(greatest(owner_teams._landed_at, teams._landed_at)) as _landed_at,
        max(greatest(owner_teams.landed_on, teams.landed_on)) as landed_on
    from {{ landed('hubspot', 'owner_team') }} as owner_teams
    left join {{ landed('hubspot', 'team') }} as teams on owner_teams.team_id = teams.id
    where not coalesce(owner_teams._fivetran_deleted, false)
    group by owner_teams.owner_id
),

versions as (
    select
        {{ prefixed_id('hubspot', 'owners.owner_id') }} as user_id,
        coalesce(owners.updated_at, owners.created_at, owners._fivetran_synced, owners._landed_at) as updated_at,
        nullif(trim(concat_ws(' ', owners.first_name, owners.last_name)), '') as name,
        owners.email,
        teams.name as team,
        coalesce(owners.is_active, true) and not coalesce(owners._fivetran_deleted, false) as is_active,
        {{ trace('hubspot', 'owners', joined=['teams']) }}
    from {{ landed('hubspot', 'owner') }} as owners
    left join teams on owners.owner_id = teams.owner_id
)

{{ as_entity('users', 'versions', lacks=['role']) }}
