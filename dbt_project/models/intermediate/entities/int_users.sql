{{ config(materialized='incremental', unique_key='user_id') }}

-- A user's versions, gapless: the first one also stands for the time before it was extracted.
{% set of_a_changed_user -%}
    previous.user_id in (select landed.user_id from landed)
{%- endset %}

with latest as (
    {{ latest_delivered(
        'users', key='user_id, updated_at', derived=['valid_from', 'valid_to'], again=of_a_changed_user
    ) }}
)

select
    *,
    case
        when row_number() over in_time = 1 then timestamp '1970-01-01 00:00:00'
        else updated_at
    end as valid_from,
    lead(updated_at) over in_time as valid_to,
    {{ as_of() }} as _modelled_at
from latest
window in_time as (partition by user_id order by updated_at)
