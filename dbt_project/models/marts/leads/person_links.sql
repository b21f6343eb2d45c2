{{ config(materialized='incremental', unique_key='row_key', meta={'lives_in': 'int_person_members'}) }}

select
    row_key,
    kind,
    row_id,
    system,
    person_id,
    residue,
    rule,
    via_row,
    via_key,
    via_source_file,
    via_source_line,
    case
        when residue is not null then 'in no person: ' || replace(residue, '_', ' ')
        when rule = 'alone' then 'a person of its own: no other row shares a key'
        else rule || ' as ' || via_row || coalesce(' (' || via_source_file || ', line ' || via_source_line || ')', '')
    end as explanation,
    source_file,
    source_line,
    {{ as_of() }} as _modelled_at
from {{ ref('int_person_members') }} as members
where {{ is_new('members') }}
