{{ config(materialized='incremental', unique_key='account_id') }}

with latest as (
    {{ latest_delivered(
        'accounts', key='account_id', newest=['updated_at'], renames={'segment': 'crm_segment'}, derived=['segment', 'customer_since'],
        again=any_new(ref('int_plan_segments'))
    ) }}
),

-- The first time a delivered row said so; nothing that is delivered later makes it later.
said_customer as (
    select
        fresh.account_id,
        fresh.updated_at as said_at
    from {{ delivered('accounts') }} as fresh
    where fresh.is_customer and {{ is_new_landed('fresh') }}
    {%- if is_incremental() %}
    union all
    select
        account_id,
        customer_since as said_at
    from {{ this }}
    where customer_since is not null
    {%- endif %}
),

customers as (
    select
        account_id,
        min(said_at) as customer_since
    from said_customer
    group by account_id
)

select
    latest.*,
    customers.customer_since,
    coalesce({{ segment_named('latest.crm_segment') }}, {{ segment_sized('latest.employees') }}) as segment,
    {{ as_of() }} as _modelled_at
from latest
left join customers on latest.account_id = customers.account_id
