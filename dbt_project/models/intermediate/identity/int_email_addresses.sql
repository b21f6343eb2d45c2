{{ config(materialized='incremental', unique_key='address') }}

-- Every address that was ever delivered, and what it is when compared: without its tag, without dots where the domain
-- ignores them, under the domain's one name (plan table identity_rules). A role's address, or one that is none, says
-- nothing about a person.
with delivered_addresses as (
    {%- for entity in ['leads', 'contacts', 'web_touches', 'visitor_identities'] %}
    select {{ lookup('fresh.email') }} as address from {{ delivered(entity) }} as fresh
    where fresh.email is not null and {{ is_new_landed('fresh') }}
    union
    {%- endfor %}
    {%- if is_incremental() %}
    select before.address from {{ this }} as before where {{ any_new(ref('int_plan_identity_rules')) }}
    {%- else %}
    select cast(null as varchar) as address where false
    {%- endif %}
),

rules as (
    select
        rule,
        value,
        alias,
        domain
    from {{ ref('int_plan_identity_rules') }}
),

parted as (
    select
        given.address,
        split_part(given.address, '@', 1) as tagged_mailbox,
        coalesce(aliases.domain, split_part(given.address, '@', 2)) as domain,
        regexp_matches(given.address, '^[^@,;:<>"()[:space:]]+@([a-z0-9-]+[.])+[a-z0-9-]{2,}$') as is_valid
    from delivered_addresses as given
    left join rules as aliases
        on split_part(given.address, '@', 2) = aliases.alias and aliases.rule = 'same_domain'
    where given.address <> ''
),

-- One row per domain whose tags count for nothing, however many rules say so.
stripping as (
    select distinct parted.domain
    from parted
    inner join rules on rules.rule = 'strip_plus_tag' and rules.value in ('*', parted.domain)
),

untagged as (
    select
        parted.*,
        case
            when stripping.domain is not null and position('+' in parted.tagged_mailbox) > 1
                then split_part(parted.tagged_mailbox, '+', 1)
            else parted.tagged_mailbox
        end as dotted_mailbox
    from parted
    left join stripping on parted.domain = stripping.domain
),

compared as (
    select
        untagged.*,
        case
            when dotless.value is not null then replace(untagged.dotted_mailbox, '.', '')
            else untagged.dotted_mailbox
        end as mailbox
    from untagged
    left join rules as dotless on untagged.domain = dotless.value and dotless.rule = 'ignore_dots'
)

select
    compared.address,
    case when compared.is_valid then compared.mailbox || '@' || compared.domain else compared.address end as email,
    compared.is_valid,
    compared.is_valid and exists (
        select 1 from rules as roles
        where
            roles.rule = 'role_address'
            and roles.value in (compared.dotted_mailbox, compared.dotted_mailbox || '@' || compared.domain)
    ) as is_role,
    compared.is_valid and exists (
        select 1 from rules as internals
        where
            internals.rule = 'internal_domain'
            and (compared.domain = internals.value or ends_with(compared.domain, '.' || internals.value))
    ) as is_internal,
    {{ as_of() }} as _modelled_at
from compared
