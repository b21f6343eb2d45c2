{{ config(materialized='incremental', unique_key='row_key', meta={'lives_in': 'int_person_rows'}) }}

-- noqa: disable=PRS
-- Which person each source row is, and why. Rows that share a key, directly or through others, are one person, named
-- after its first lead, else contact, else form fill (`anchor`). Only persons that a changed row touches are computed
-- again. Every row ends in one person or in a named residue.
with recursive source_rows as (
    select * from {{ ref('int_person_rows') }}
),

keys as (
    {{ person_key_rows('source_rows') }}
),

{% if is_incremental() -%}
touched as (
    select source_rows.row_key from source_rows where {{ is_new('source_rows') }}
    union
    select before.row_key from {{ this }} as before
    where before.row_key not in (select source_rows.row_key from source_rows)
),

touched_keys as (
    select keys.key from keys where keys.row_key in (select touched.row_key from touched)
    union
    select touched.row_key as key from touched
),

neighbours as (
    select touched.row_key from touched
    union
    select keys.row_key from keys where keys.key in (select touched_keys.key from touched_keys)
),

scope as (
    select neighbours.row_key from neighbours
    union
    select before.row_key from {{ this }} as before
    where
        before.anchor in (
            select known.anchor from {{ this }} as known
            where known.row_key in (select neighbours.row_key from neighbours)
        )
),
{%- else -%}
scope as (
    select row_key from source_rows
),
{%- endif %}

ranked as (
    select
        row_key,
        row_number() over (
            order by
                case kind when 'lead' then 1 when 'contact' then 2 when 'form_fill' then 3 else 4 end,
                created_at, row_id
        ) as place
    from source_rows
    where row_key in (select scope.row_key from scope)
),

placed_keys as (
    select
        ranked.row_key,
        ranked.place,
        keys.key,
        keys.rule_no,
        first_value(ranked.place) over by_key as first_place,
        first_value(keys.rule_no) over by_key as first_rule_no,
        lead(ranked.place) over by_key as next_place,
        lead(keys.rule_no) over by_key as next_rule_no
    from keys
    inner join ranked on keys.row_key = ranked.row_key
    window by_key as (partition by keys.key order by ranked.place, keys.rule_no)
),

pairs as (
    select
        place as a,
        first_place as b
    from placed_keys
    where place <> first_place
    union
    select
        first_place as a,
        place as b
    from placed_keys
    where place <> first_place
),

{{ components('pairs') }},

-- The row that it is joined by: an earlier one with the same key where there is one, by the strongest evidence.
joined as (
    select
        row_key,
        key as via_key,
        case when first_place < place then first_place else next_place end as via_place,
        greatest(rule_no, case when first_place < place then first_rule_no else next_rule_no end) as rule_no
    from placed_keys
    where case when first_place < place then first_place else next_place end <> place
    qualify row_number() over (
        partition by row_key order by
            case when first_place < place then 0 else 1 end,
            greatest(rule_no, case when first_place < place then first_rule_no else next_rule_no end),
            case when first_place < place then first_place else next_place end,
            key
    ) = 1
),

grouped as (
    select
        source_rows.*,
        anchors.row_key as anchor,
        joined.rule_no,
        joined.via_key,
        vias.row_key as via_row
    from source_rows
    inner join ranked on source_rows.row_key = ranked.row_key
    left join component on ranked.place = component.node
    inner join ranked as anchors on coalesce(component.label, ranked.place) = anchors.place
    left join joined on source_rows.row_key = joined.row_key
    left join ranked as vias on joined.via_place = vias.place
),

people as (
    select
        anchor,
        bool_or(kind in ('lead', 'contact') or email_key is not null) as is_person,
        bool_or(email_kind = 'internal') and not bool_or(email_kind in ('personal', 'role')) as is_internal
    from grouped
    group by anchor
),

decided as (
    select
        grouped.*,
        case
            when grouped.is_copied then 'copied_record'
            when people.is_person and people.is_internal then 'internal'
            when people.is_person then null
            when coalesce(grouped.lead_key, grouped.conversion_key) is not null then 'unknown_lead'
            when grouped.user_key is not null then 'unknown_login'
            when grouped.kind = 'visitor' then 'anonymous_visitor'
            when grouped.email_kind = 'invalid' then 'invalid_email'
            when grouped.email_kind in ('role', 'internal') then 'role_address'
            else 'no_email'
        end as residue
    from grouped
    inner join people on grouped.anchor = people.anchor
)

select
    decided.row_key,
    decided.kind,
    decided.row_id,
    decided.system,
    decided.anchor,
    case when decided.residue is null then decided.anchor end as person_id,
    decided.residue,
    case when decided.rule_no is null then 'alone' else {{ person_rule('decided.rule_no') }} end as rule,
    decided.via_key,
    decided.via_row,
    vias.source_file as via_source_file,
    vias.source_line as via_source_line,
    decided.email,
    decided.email_kind,
    decided.created_at,
    decided.is_deleted,
    decided.source_file,
    decided.source_line,
    {{ as_of() }} as _modelled_at
from decided
left join source_rows as vias on decided.via_row = vias.row_key
