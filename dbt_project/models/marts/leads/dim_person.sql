{{ config(materialized='incremental', unique_key='person_id', meta={'lives_in': 'int_person_members'}) }}

-- One row per person, whatever systems know it. A person that a row has left is found by its count.
with members as (
    select * from {{ ref('int_person_members') }} where person_id is not null
),

{% if is_incremental() -%}
standing as (
    select
        members.person_id,
        count(*) as source_rows
    from members
    group by members.person_id
),
{%- endif %}

candidates as (
    select members.person_id from members where {{ is_new('members') }}
    {%- if is_incremental() %}
    union
    select before.person_id from {{ this }} as before
    left join standing on before.person_id = standing.person_id
    where before.source_rows is distinct from standing.source_rows
    {%- endif %}
)

select
    person_id,
    min_by(email, (created_at, row_key)) filter (where email_kind = 'personal') as email,
    {{ comma_list('system', "kind in ('lead', 'contact')") }} as crm_systems,
    {{ comma_list('row_id', "kind = 'lead'") }} as lead_ids,
    {{ comma_list('row_id', "kind = 'contact'") }} as contact_ids,
    count(*) filter (where kind = 'lead') as leads,
    count(*) filter (where kind = 'contact') as contacts,
    count(*) filter (where kind = 'form_fill') as form_fills,
    count(*) filter (where kind = 'visitor') as visitors,
    count(*) as source_rows,
    min(created_at) filter (where kind <> 'visitor') as first_seen_at,
    coalesce(bool_and(is_deleted) filter (where kind in ('lead', 'contact')), false) as is_deleted,
    {{ as_of() }} as _modelled_at
from members
where person_id in (select candidates.person_id from candidates)
group by person_id
