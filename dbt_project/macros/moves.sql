{#-
  A company that left one CRM for another has its records in both. The one in the CRM it left (vars: vendors_ended) is the
  original; its copy is the record that names it (custom field `moved_from_id`), else that has what makes it the same
  (`sameness`: a lead's e-mail address, an opportunity's lead and name). What a copy tells of the time until it was
  brought over (`copied_until`) is the original's to tell.
-#}

{#- Int: a copy was made at most so many days after the old CRM's last day; who is new after that, came again. -#}
{% macro days_to_move() -%}{{ return(31) }}{%- endmacro %}

{#-
  Query: copy_id, original_id, copied_until (timestamp), one row per copy.
  records: relation with id, system, created_at, sameness (NULL: not compared), moved_from_id. The first of several that
  are the same is the first's copy, and so on.
-#}
{% macro copies_of_moved(records) -%}
    with dated as (
        select
            *,
            {{ vendor_end("system || '.'") }} as last_day
        from {{ records }}
    ),

    named as (
        select
            copies.id as copy_id,
            min(originals.id) as original_id
        from dated as copies
        inner join dated as originals on copies.moved_from_id = {{ own_number('originals.id') }}
        where copies.last_day is null and originals.last_day is not null
        group by copies.id
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
            and id not in (select named.copy_id from named)
            and id not in (select named.original_id from named)
    ),

    pairs as (
        select * from named
        union all
        select
            copies.id as copy_id,
            originals.id as original_id
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
            when copies.created_at > originals.created_at + interval 1 day then copies.created_at
            else {{ business_instant('cast(originals.last_day as timestamp) + interval 1 day') }}
        end as copied_until
    from pairs
    inner join dated as copies on pairs.copy_id = copies.id
    inner join dated as originals on pairs.original_id = originals.id
{%- endmacro %}

{#- Condition: a row of `rows` at the time `at` is a copied one, by its record's row of an identity model. -#}
{% macro is_copied(identities, at) -%}
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
