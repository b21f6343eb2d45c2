{{ config(materialized='ephemeral') }}

-- The CRM's leads against those that were handed off, each in the week in which it happened.
with leads as (
    select
        * exclude (reason),
        created_at as occurred_at,
        record_id as pair_key,
        {{ reason_or_stayed('reason', 'lifecycle_stage', ['new']) }} as reason
    from {{ ref('int_countable_leads') }}
),

handoffs as (
    select
        * exclude (week_start),
        handed_off_at as occurred_at,
        {{ week_start(business_date('handed_off_at')) }} as week_start,
        record_id as pair_key
    from {{ ref('int_countable_leads') }}
    where handed_off_at is not null
)

{{ both_sides('leads_to_handed_off', 'leads', 'handoffs') }}
