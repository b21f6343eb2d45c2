-- Rows in = rows in persons + rows in a named residue, per kind, counted once more from what was delivered.
with delivered_rows as (
    select
        'lead' as kind,
        count(*) as delivered
    from {{ ref('int_lead_records') }}
    union all
    select
        'contact' as kind,
        count(*) as delivered
    from {{ ref('int_contacts') }}
    union all
    select
        'form_fill' as kind,
        count(*) as delivered
    from {{ ref('int_touches') }}
    where touch_type = 'form_fill'
    union all
    select
        'visitor' as kind,
        count(distinct visitor_id) as delivered
    from {{ ref('int_touches') }}
),

explained as (
    select
        kind,
        count(*) filter (where person_id is not null) as in_persons,
        count(*) filter (where residue is not null) as in_residue
    from {{ ref('person_links') }}
    group by kind
),

persons as (
    select coalesce(sum(leads), 0) as rows_of_persons from {{ ref('dim_person') }}
)

select
    delivered_rows.kind,
    delivered_rows.delivered,
    explained.in_persons,
    explained.in_residue
from delivered_rows
cross join persons
left join explained on delivered_rows.kind = explained.kind
where
    delivered_rows.delivered <> coalesce(explained.in_persons, 0) + coalesce(explained.in_residue, 0)
    or (delivered_rows.kind = 'lead' and coalesce(explained.in_persons, 0) <> persons.rows_of_persons)
