-- A visitor was identified, or did something while logged in.
with calls as (
    select
        id,
        timestamp,
        anonymous_id,
        user_id,
        email,
        _file,
        _line,
        _landed_at,
        landed_on
    from {{ landed('segment', 'identifies') }}
    union all
    select
        id,
        timestamp,
        anonymous_id,
        user_id,
        email,
        _file,
        _line,
        _landed_at,
        landed_on
    from {{ landed('segment', 'tracks') }}
    where coalesce(user_id, email) is not null
),

identities as (
    select
        {{ prefixed_id('segment', 'id') }} as identity_id,
        timestamp as occurred_at,
        {{ prefixed_id('segment', 'coalesce(anonymous_id, user_id)') }} as visitor_id,
        user_id,
        email,
        {{ trace('segment') }}
    from calls
    where anonymous_id is not null or user_id is not null
)

{{ as_entity('visitor_identities', 'identities', lacks=['lead_id']) }}
