{{ config(
    materialized='incremental', unique_key='record_key', post_hook='delete from {{ this }} where records = 0'
) }}

-- Every record that one of two neighbouring systems counts, and whether the other counts it in the same week, source
-- and campaign; if not, why. Computed for the persons and the weeks of a campaign in which something changed; what is
-- there no more is written as no record, and removed.
with sided as (
    {%- for joint in ['clicks', 'visits', 'fills', 'leads', 'opportunities'] %}
    select * from {{ ref('int_reconciled_' ~ joint) }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

judged as (
    select
        * exclude (reason, detail),
        case
            when counterpart_id is null then coalesce(reason, 'unexplained')
            when source <> counterpart_source or campaign_id <> counterpart_campaign_id then 'elsewhere'
            when week_start <> counterpart_week_start then 'late'
            else 'matched'
        end as reason,
        case
            when counterpart_id is null then detail
            when source <> counterpart_source or campaign_id <> counterpart_campaign_id
                then
                    'counted under ' || counterpart_source || ', campaign ' || counterpart_campaign_id
                    || ', in ' || {{ iso_week('counterpart_week_start') }}
            when week_start <> counterpart_week_start
                then 'counted in ' || {{ iso_week('counterpart_week_start') }}
        end as detail
    from sided
),

computed as (
    select
        joint || ':' || side || ':' || record_id as record_key,
        joint,
        side,
        record_id,
        records,
        occurred_at,
        week_start,
        {{ iso_week('week_start') }} as iso_week,
        source,
        campaign_id,
        counterpart_id,
        reason,
        reason not in ('matched', 'unexplained') as is_explained,
        detail,
        system,
        source_file,
        source_line,
        person as _person
    from judged
)

{%- if reconciled_before() %},

gone as (
    select standing.* exclude (_modelled_at) replace (cast(0 as bigint) as records)
    from {{ this }} as standing
    where
        standing.record_key not in (select computed.record_key from computed)
        and case
            when standing.joint = 'platform_clicks_to_clicks'
                then {{ is_reconciled_cell('standing.week_start', 'standing.source', 'standing.campaign_id') }}
            else {{ is_reconciled_person('standing._person') }}
        end
)
{%- endif %}

select
    *,
    {{ as_of() }} as _modelled_at
from computed
{%- if reconciled_before() %}
union all
select
    *,
    {{ as_of() }} as _modelled_at
from gone
{%- endif %}
