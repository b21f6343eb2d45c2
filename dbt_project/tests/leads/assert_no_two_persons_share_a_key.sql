-- Two source rows that share a key (an id, a usable e-mail address) are never two persons.
with source_rows as (
    select * from {{ ref('int_person_rows') }}
),

keys as (
    {{ person_key_rows('source_rows') }}
)

select
    keys.key,
    count(distinct members.anchor) as persons
from keys
left join {{ ref('int_person_members') }} as members on keys.row_key = members.row_key
group by keys.key
having count(distinct members.anchor) <> 1
