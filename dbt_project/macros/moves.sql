{#-
  A company that left one CRM for another has its records in both. The one in the CRM it left (vars: vendors_ended) is the
  original; its copy is the record that names it (custom field `moved_from_id`), else that has what makes it the same
  (`sameness`: a lead's e-mail address, an opportunity's lead and name). What a copy tells of the time until it was
  brought over (`copied_until`) is the original's to tell.

  A company that runs two CRMs that synchronise has its records in both as well: a record that names one of the other CRM
  (custom field `synced_with_id`) is that one's copy. What happens from the original's creation on (`copied_from`) is the
  original's to tell; what the copy tells of the time before is not told by anybody else.
-#}

{#- Int: a copy was made at most so many days after the old CRM's last day; who is new after that, came again. -#}
{% macro days_to_move() -%}{{ return(31) }}{%- endmacro %}

{#-
  Query: copy_id, original_id, copied_until, copied_from (timestamps, one of them NULL), one row per copy.
  records: relation with id, system, created_at, sameness (NULL: not compared), moved_from_id, synced_with_id, contact_id.
  The first of several that are the same is the first's copy, and so on.
-#}
{% macro copies_of_moved(records) -%}
    with dated as (
        select
            *,
            {{ named_number('moved_from_id') }} as moved_from,
            {{ named_number('synced_with_id') }} as synced_with,
            {{ vendor_end("system || '.'") }} as last_day
        from {{ records }}
    ),

    named as (
        select
            copies.id as copy_id,
            min(originals.id) as original_id
        from dated as copies
        inner join dated as originals
            on coalesce(copies.moved_from, copies.synced_with) = {{ own_number('originals.id') }}
        where copies.last_day is null and originals.last_day is not null
        group by copies.id
    ),

    numbers as (
        select
            id,
            system,
            {{ own_number('id') }} as number
        from dated
        where last_day is null
        union all
        select
            id,
            system,
            {{ own_number('contact_id') }} as number
        from dated
        where last_day is null and contact_id is not null
    ),

    synced as (
        select
            copies.id as copy_id,
            min(numbers.id) as original_id
        from dated as copies
        inner join numbers on copies.synced_with = numbers.number and copies.system <> numbers.system
        where copies.synced_with is not null
        group by copies.id
    ),

    told as (
        select
            copy_id,
            original_id
        from named
        union all
        select
            copy_id,
            original_id
        from synced
    ),

    placed as (
        select
            *,
            row_number() over (
                partition by sameness, last_day is null order by created_at, id
            ) as place
        from dated
        where
            sameness is not null
            and id not in (select told.copy_id from told)
            and id not in (select told.original_id from told)
    ),

    pairs as (
        select
            copy_id,
            original_id,
            copy_id in (select synced.copy_id from synced) as is_synced
        from told
        union all
        select
            copies.id as copy_id,
            originals.id as original_id,
            false as is_synced
        from placed as copies
        inner join placed as originals
            on copies.sameness = originals.sameness and copies.place = originals.place
        where
            copies.last_day is null
            and cast(copies.created_at as date) <= originals.last_day + {{ days_to_move() }}
    )

    select
        pairs.copy_id,
        pairs.original_id,
        -- A copy that kept its original's day of creation does not say when it was made: the old CRM's last day does.
        case
            when pairs.is_synced then null
            when copies.created_at > originals.created_at + interval 1 day then copies.created_at
            else {{ business_instant('cast(originals.last_day as timestamp) + interval 1 day') }}
        end as copied_until,
        case when pairs.is_synced then originals.created_at end as copied_from
    from pairs
    inner join dated as copies on pairs.copy_id = copies.id
    inner join dated as originals on pairs.original_id = originals.id
{%- endmacro %}

{#- Condition: a row at the time `at` is a copied one, by its record's row of an identity model. -#}
{% macro is_copied(identities, at) -%}
    coalesce(
        {{ at }} <= {{ identities }}.copied_until or {{ at }} >= {{ identities }}.copied_from, false
    )
{%- endmacro %}

{#- Condition: the same of what the CRMs do not synchronise (forms, answers to campaigns): copied at a move only. -#}
{% macro is_copied_at_a_move(identities, at) -%}
    coalesce({{ at }} <= {{ identities }}.copied_until, false)
{%- endmacro %}

{#- Condition: a meeting of `activities` was after the last day of its own CRM, which therefore saw it only as one to come. -#}
{% macro is_after_the_move(activities) -%}
    coalesce(
        {{ activities }}.activity_type in ('meeting_held', 'meeting_no_show')
        and {{ activities }}.occurred_at >= {{ business_instant(
            'cast(' ~ vendor_end(activities ~ ".system || '.'") ~ ' as timestamp) + interval 1 day'
        ) }},
        false
    )
{%- endmacro %}
