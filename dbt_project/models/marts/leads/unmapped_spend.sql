-- Spend that no campaign of the plan stands for, with the campaign that it most likely is and the line to add.
with unmapped as (
    select
        platform,
        account_id,
        campaign_id,
        {{ currency_code('currency') }} as currency,
        max(campaign_name) as campaign_name,
        count(*) as spend_rows,
        min(spend_date) as first_day,
        max(spend_date) as last_day,
        sum(cost) as cost,
        sum(spend) as spend,
        sum(clicks) as clicks
    from {{ ref('int_ad_spend') }}
    where not is_mapped
    group by platform, account_id, campaign_id, {{ currency_code('currency') }}
),

campaigns as (
    select
        campaign_id,
        max_by(campaign_name, valid_from) as campaign_name,
        max_by(source, valid_from) as source,
        max_by(platform, valid_from) as platform
    from {{ ref('int_plan_campaigns') }}
    group by campaign_id
),

names as (
    select distinct
        platform,
        account_id,
        campaign_id,
        campaign_name
    from unmapped
),

likenesses as (
    select
        names.platform,
        names.account_id,
        names.campaign_id,
        campaigns.campaign_id as likely_campaign_id,
        campaigns.source as likely_source,
        greatest(
            {{ likeness('names.campaign_id', 'campaigns.campaign_id') }},
            {{ likeness('names.campaign_name', 'campaigns.campaign_name') }},
            {{ likeness('names.campaign_name', 'campaigns.campaign_id') }}
        ) as likeness
    from names
    cross join campaigns
),

nearest as (
    select * from likenesses
    where likeness >= {{ alike_enough() }}
    qualify row_number() over (
        partition by platform, account_id, campaign_id order by likeness desc, likely_campaign_id
    ) = 1
),

platform_sources as (
    select
        platform,
        mode(source order by source) as source
    from campaigns
    group by platform
)

select
    unmapped.platform,
    unmapped.account_id,
    unmapped.campaign_id,
    unmapped.currency,
    unmapped.campaign_name,
    unmapped.spend_rows,
    unmapped.first_day,
    unmapped.last_day,
    cast(unmapped.cost as decimal(18, 4)) as cost,
    cast(unmapped.spend as decimal(18, 2)) as spend,
    cast(unmapped.clicks as bigint) as clicks,
    nearest.likely_campaign_id,
    nearest.likely_source,
    cast(nearest.likeness as double) as likeness,
    case when nearest.likely_campaign_id is not null then 'spend_map.csv' else 'campaigns.csv' end as fix_file,
    case
        when nearest.likely_campaign_id is not null
            then concat_ws(
                ',', {{ csv_cell("'map-' || unmapped.campaign_id") }}, '100', {{ csv_cell('unmapped.platform') }},
                {{ csv_cell('unmapped.account_id') }}, {{ csv_cell('unmapped.campaign_id') }}, '', '', '', '',
                nearest.likely_source, nearest.likely_campaign_id, cast(unmapped.first_day as varchar), ''
            )
        else concat_ws(
            ',', {{ csv_cell('unmapped.campaign_id') }},
            {{ csv_cell('coalesce(unmapped.campaign_name, unmapped.campaign_id)') }},
            coalesce(platform_sources.source, 'SOURCE'), 'SEGMENT', {{ csv_cell('unmapped.platform') }}, '',
            cast(unmapped.first_day as varchar), ''
        )
    end as fix_line,
    {{ as_of() }} as _modelled_at
from unmapped
left join nearest
    on
        unmapped.platform = nearest.platform
        and unmapped.account_id = nearest.account_id
        and unmapped.campaign_id = nearest.campaign_id
left join platform_sources on unmapped.platform = platform_sources.platform
