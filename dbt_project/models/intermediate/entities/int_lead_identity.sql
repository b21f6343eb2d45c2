{{ config(materialized='incremental', unique_key='source_lead_id', meta={'holds_all': true}) }}

-- Which lead a delivered lead id stands for: the end of its merges, and of a copy in the CRM that the company moved to,
-- or in one that synchronises with another, its original's. A merge into a lead that never came is not followed, and a
-- cycle of merges ends at its smallest id; both are said in `explanation`.
with recursive comparable as (
    select
        lead_id as id,
        system,
        created_at,
        case when merged_into_lead_id is null then {{ lookup('email') }} end as sameness,
        {{ custom_field('moved_from_id') }} as moved_from_id,
        {{ custom_field('synced_with_id') }} as synced_with_id,
        contact_id
    from {{ ref('int_lead_records') }}
),

copies as (
    {{ copies_of_moved('comparable') }}
),

records as (
    select
        records.lead_id as source_lead_id,
        coalesce(nullif(records.merged_into_lead_id, records.lead_id), copies.original_id) as merged_into,
        copies.original_id,
        copies.copied_until,
        copies.copied_from,
        records.source_file,
        records.source_line
    from {{ ref('int_lead_records') }} as records
    left join copies on records.lead_id = copies.copy_id
),

pointers as (
    select
        records.source_lead_id,
        records.merged_into
    from records
    inner join records as survivors on records.merged_into = survivors.source_lead_id
),

walks as (
    select
        source_lead_id,
        list_value(source_lead_id) as path,
        merged_into as reached
    from pointers
    union all
    select
        walks.source_lead_id,
        list_append(walks.path, walks.reached) as path,
        pointers.merged_into as reached
    from walks
    inner join pointers on walks.reached = pointers.source_lead_id
    where not list_contains(walks.path, walks.reached)
),

ends as (
    select
        source_lead_id,
        path,
        reached,
        list_contains(path, reached) as is_cycle,
        list_slice(path, list_position(path, reached), len(path)) as circle
    from walks
    qualify row_number() over (partition by source_lead_id order by len(path) desc) = 1
),

resolved as (
    select
        records.source_lead_id,
        case
            when ends.is_cycle then list_min(ends.circle)
            else coalesce(ends.reached, records.source_lead_id)
        end as lead_id,
        coalesce(ends.is_cycle, false) as is_cycle,
        records.copied_until,
        records.copied_from,
        case
            when records.merged_into = records.original_id and records.copied_from is not null and not ends.is_cycle
                then 'synchronised with ' || records.merged_into
            when records.merged_into = records.original_id and not ends.is_cycle
                then 'copy of ' || records.merged_into || ', whose CRM was left'
            when ends.is_cycle
                then 'merge cycle of ' || array_to_string(list_sort(ends.circle), ', ') || ': smallest id kept'
            when len(ends.path) > 1
                then
                    'merged into ' || ends.reached
                    || ' via ' || array_to_string(list_slice(ends.path, 2, len(ends.path)), ', ')
            when ends.reached is not null
                then 'merged into ' || ends.reached
            when records.merged_into is not null
                then 'merged into ' || records.merged_into || ', which was never delivered: kept'
            else 'own record'
        end as explanation,
        records.source_file,
        records.source_line
    from records
    left join ends on records.source_lead_id = ends.source_lead_id
)

select
    resolved.source_lead_id,
    resolved.lead_id,
    resolved.source_lead_id <> resolved.lead_id as is_merged,
    resolved.is_cycle,
    resolved.copied_until,
    resolved.copied_from,
    resolved.explanation,
    resolved.source_file,
    resolved.source_line,
    {% if is_incremental() -%}
    case when before.lead_id <> resolved.lead_id then before.lead_id end as _left_lead_id,
    {%- else -%}
    cast(null as varchar) as _left_lead_id,
    {%- endif %}
    {{ as_of() }} as _modelled_at
from resolved
{% if is_incremental() -%}
left join {{ this }} as before on resolved.source_lead_id = before.source_lead_id
{%- endif %}
