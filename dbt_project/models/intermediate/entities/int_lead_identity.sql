{{ config(materialized='incremental', unique_key='source_lead_id', meta={'holds_all': true}) }}

-- Which lead a delivered lead id stands for: the end of its merges. A merge into a lead that never came is not
-- followed, and a cycle of merges ends at its smallest id; both are said in `explanation`.
with recursive records as (
    select
        lead_id as source_lead_id,
        nullif(merged_into_lead_id, lead_id) as merged_into,
        source_file,
        source_line
    from {{ ref('int_lead_records') }}
),

merges as (
    select
        records.source_lead_id,
        records.merged_into
    from records
    inner join records as survivors on records.merged_into = survivors.source_lead_id
),

walks as (
    select
        source_lead_id,
        [source_lead_id] as path,
        merged_into as reached
    from merges
    union all
    select
        walks.source_lead_id,
        list_append(walks.path, walks.reached) as path,
        merges.merged_into as reached
    from walks
    inner join merges on walks.reached = merges.source_lead_id
    where not list_contains(walks.path, walks.reached)
),

ends as (
    select
        source_lead_id,
        path,
        reached,
        list_contains(path, reached) as is_cycle,
        path[list_position(path, reached):] as cycle
    from walks
    qualify row_number() over (partition by source_lead_id order by len(path) desc) = 1
),

resolved as (
    select
        records.source_lead_id,
        case
            when ends.is_cycle then list_min(ends.cycle)
            else coalesce(ends.reached, records.source_lead_id)
        end as lead_id,
        coalesce(ends.is_cycle, false) as is_cycle,
        case
            when ends.is_cycle
                then 'merge cycle of ' || array_to_string(list_sort(ends.cycle), ', ') || ': smallest id kept'
            when len(ends.path) > 1
                then 'merged into ' || ends.reached || ' via ' || array_to_string(ends.path[2:], ', ')
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
