-- Leads whose source or campaign the plan does not know, by what was delivered of them, with what it most likely means
-- and the line to add. Deleted leads are counted apart.
{% set delivered = ['system', 'lead_source', 'campaign_id', 'utm_source', 'utm_medium', 'utm_campaign'] %}

with unmapped as (
    select
        row_number() over (order by {{ delivered | join(', ') }}) as group_no,
        {{ delivered | join(',\n        ') }},
        case when min(source) = 'unmapped' and max(source) = 'unmapped' then 'source' else 'campaign' end as missing,
        count(*) filter (where not is_deleted) as leads,
        count(*) filter (where is_deleted) as deleted_leads,
        min(created_date) as first_day,
        max(created_date) as last_day,
        min(lead_id) as example_lead_id
    from {{ ref('int_leads') }}
    where source = 'unmapped' or (campaign_id is not null and plan_campaign_id is null)
    group by {{ delivered | join(', ') }}
),

campaigns as (
    select
        campaign_id,
        max_by(campaign_name, valid_from) as campaign_name,
        max_by(source, valid_from) as source
    from {{ ref('int_plan_campaigns') }}
    group by campaign_id
),

named_sources as (
    select
        system,
        source_value as name,
        source
    from {{ ref('int_plan_source_map') }}
    union
    select
        null as system,
        title as name,
        source
    from {{ ref('int_plan_sources') }}
    union
    select
        null as system,
        source as name,
        source
    from {{ ref('int_plan_sources') }}
),

likely_campaigns as (
    select
        unmapped.group_no,
        campaigns.campaign_id,
        campaigns.source,
        greatest(
            {{ likeness('unmapped.campaign_id', 'campaigns.campaign_id') }},
            {{ likeness('unmapped.campaign_id', 'campaigns.campaign_name') }},
            {{ likeness('unmapped.utm_campaign', 'campaigns.campaign_id') }},
            {{ likeness('unmapped.utm_campaign', 'campaigns.campaign_name') }}
        ) as likeness
    from unmapped
    cross join campaigns
    qualify
        row_number() over (
            partition by unmapped.group_no order by likeness desc nulls last, campaigns.campaign_id
        ) = 1
),

likely_sources as (
    select
        unmapped.group_no,
        named_sources.source,
        {{ likeness('unmapped.lead_source', 'named_sources.name') }} as likeness
    from unmapped
    inner join named_sources on coalesce(named_sources.system, unmapped.system) = unmapped.system
    qualify
        row_number() over (
            partition by unmapped.group_no order by likeness desc nulls last, named_sources.source
        ) = 1
),

guessed as (
    select
        unmapped.*,
        case when likely_campaigns.likeness >= {{ alike_enough() }} then likely_campaigns.campaign_id end
            as likely_campaign_id,
        case
            when likely_campaigns.likeness >= {{ alike_enough() }} then likely_campaigns.source
            when likely_sources.likeness >= {{ alike_enough() }} then likely_sources.source
        end as likely_source,
        case
            when likely_campaigns.likeness >= {{ alike_enough() }} then likely_campaigns.likeness
            when likely_sources.likeness >= {{ alike_enough() }} then likely_sources.likeness
        end as likeness
    from unmapped
    left join likely_campaigns on unmapped.group_no = likely_campaigns.group_no
    left join likely_sources on unmapped.group_no = likely_sources.group_no
)

select
    {{ delivered | join(',\n    ') }},
    missing,
    leads,
    deleted_leads,
    first_day,
    last_day,
    example_lead_id,
    likely_source,
    likely_campaign_id,
    cast(likeness as double) as likeness,
    case
        when likely_campaign_id is not null then 'spend_map.csv'
        when campaign_id is not null then 'campaigns.csv'
        when lead_source is not null then 'source_map.csv'
        when utm_source is not null or utm_campaign is not null then 'spend_map.csv'
    end as fix_file,
    case
        when likely_campaign_id is not null
            then concat_ws(
                ',', {{ csv_cell("'map-' || coalesce(campaign_id, utm_campaign)") }}, '100', '', '',
                {{ csv_cell('campaign_id') }}, '', '', '',
                {{ csv_cell("case when campaign_id is null then utm_campaign end") }}, likely_source,
                likely_campaign_id, cast(first_day as varchar), ''
            )
        when campaign_id is not null
            then concat_ws(
                ',', {{ csv_cell('campaign_id') }}, {{ csv_cell('campaign_id') }}, coalesce(likely_source, 'SOURCE'),
                'SEGMENT', '', '', cast(first_day as varchar), ''
            )
        when lead_source is not null
            then concat_ws(',', system, {{ csv_cell('lead_source') }}, coalesce(likely_source, 'SOURCE'))
        when utm_source is not null or utm_campaign is not null
            then concat_ws(
                ',', {{ csv_cell("'map-' || coalesce(utm_source, utm_campaign)") }}, '900', '', '', '', '',
                {{ csv_cell('utm_source') }}, {{ csv_cell('utm_medium') }}, {{ csv_cell('utm_campaign') }}, 'SOURCE',
                '', cast(first_day as varchar), ''
            )
        else 'the system delivers neither source, campaign nor UTM: fill the lead source there'
    end as fix_line,
    {{ as_of() }} as _modelled_at
from guessed
