-- Every delivered lead id stands for exactly one lead that has a row, and every lead counts in one week, or is deleted.
with counts as (
    select
        (select count(*) from {{ ref('int_lead_records') }}) as delivered,
        (
            select count(*) from {{ ref('int_lead_identity') }} as identities
            inner join {{ ref('fct_leads') }} as leads on identities.lead_id = leads.lead_id
        ) as explained,
        (select count(*) from {{ ref('fct_leads') }} where lifecycle_stage <> 'deleted') as leads,
        (select coalesce(sum(leads), 0) from {{ ref('fct_source_weekly') }}) as by_source,
        (select coalesce(sum(leads), 0) from {{ ref('fct_channel_weekly') }}) as by_channel
)

select * from counts
where delivered <> explained or leads <> by_source or leads <> by_channel
