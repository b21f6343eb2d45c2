{{ config(materialized='incremental', unique_key='row_key', meta={'lives_in': 'int_person_members'}) }}

select
    members.row_key,
    members.kind,
    members.row_id,
    members.system,
    members.person_id,
    members.residue,
    members.rule,
    members.via_row,
    members.via_key,
    members.via_source_file,
    members.via_source_line,
    case
        when members.residue is not null then 'in no person: ' || replace(members.residue, '_', ' ')
        when members.rule = 'alone' then 'a person of its own: no other row shares a key'
        else
            members.rule || ' as ' || members.via_row
            || coalesce(' (' || members.via_source_file || ', line ' || members.via_source_line || ')', '')
    end as explanation,
    members.source_file,
    members.source_line,
    {{ as_of() }} as _modelled_at
from {{ ref('int_person_members') }} as members
where {{ is_new('members') }}
