-- Mapped and unmapped spend are all the spend there is, in both weekly marts, to the cent.
with totals as (
    select
        (select coalesce(sum(spend), 0) from {{ ref('int_ad_spend') }}) as delivered,
        (select coalesce(sum(spend), 0) from {{ ref('fct_channel_weekly') }}) as by_channel,
        (select coalesce(sum(spend), 0) from {{ ref('fct_source_weekly') }}) as by_source
)

select * from totals
where delivered <> by_channel or delivered <> by_source
