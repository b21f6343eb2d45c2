{{ config(materialized='incremental', unique_key='opportunity_id', meta={'lives_in': 'int_opportunities'}) }}

with changed_opportunities as (
    select opportunities.opportunity_id
    from {{ ref('int_opportunities') }} as opportunities
    where {{ is_new('opportunities') }} or {{ any_new(ref('int_plan_stage_map')) }}
    union
    select stages.opportunity_id
    from {{ ref('int_opportunity_stages') }} as stages
    where {{ is_new('stages') }}
    {%- if is_incremental() %}
    union
    -- An open visit grows with the as-of.
    select running.opportunity_id
    from {{ this }} as running
    where running.is_censored
    {%- endif %}
),

opportunities as (
    select *
    from {{ ref('int_opportunities') }}
    where opportunity_id in (select changed_opportunities.opportunity_id from changed_opportunities)
),

planned_stages as (
    select
        stage,
        max(stage_order) as stage_order,
        bool_or(is_closed) as is_closed,
        bool_or(is_won) as is_won
    from {{ ref('int_plan_stage_map') }}
    where object = 'opportunity'
    group by stage
),

-- Steps of the plan's open stages, counted from 1; won and lost share the step after the last of them.
stage_steps as (
    select
        stage,
        stage_order,
        is_closed,
        is_won,
        case
            when is_closed then 1 + count(case when not is_closed then 1 end) over ()
            else row_number() over (partition by is_closed order by stage_order, stage)
        end as step
    from planned_stages
),

entries as (
    select
        stages.opportunity_id,
        stages.history_id,
        coalesce(stages.stage, 'unmapped') as stage,
        stages.entered_at,
        stage_steps.stage_order,
        stage_steps.is_closed,
        stage_steps.is_won,
        stage_steps.step
    from {{ ref('int_opportunity_stages') }} as stages
    inner join opportunities on stages.opportunity_id = opportunities.opportunity_id
    left join stage_steps on stages.stage = stage_steps.stage
    where stages.crm_stage is not null
),

-- Stages entered in the same instant were passed in their order; a row that repeats the stage is no new visit.
changes as (
    select *
    from entries
    qualify
        lag(stage) over (
            partition by opportunity_id order by entered_at, stage_order nulls last, history_id
        ) is distinct from stage
),

visits as (
    select
        changes.*,
        row_number() over in_order as visit_no,
        row_number() over (
            partition by opportunity_id, stage order by entered_at, stage_order nulls last, history_id
        ) as stage_visit_no,
        lag(step) over in_order as previous_step,
        lead(stage) over in_order as next_stage,
        lead(step) over in_order as next_step,
        lead(is_closed) over in_order as is_next_closed,
        lead(is_won) over in_order as is_next_won,
        lead(entered_at) over in_order as exited_at
    from changes
    window in_order as (
        partition by opportunity_id order by entered_at, stage_order nulls last, history_id
    )
),

clocked as (
    select
        visits.*,
        opportunities.account_id,
        opportunities.segment,
        opportunities.source,
        coalesce(opportunities.is_deleted, false) as is_deleted,
        coalesce(visits.is_closed, false) as is_closed_stage,
        run_context.as_of,
        visits.entered_at < opportunities.created_at
        or visits.entered_at > run_context.as_of
        or coalesce(visits.exited_at < opportunities.created_at or visits.exited_at > run_context.as_of, false)
            as has_clock_defect
    from visits
    inner join opportunities on visits.opportunity_id = opportunities.opportunity_id
    cross join {{ source('andon', 'run_context') }} as run_context
)

select
    cast(opportunity_id as varchar) as opportunity_id,
    cast(visit_no as bigint) as visit_no,
    cast(stage as varchar) as stage,
    cast(stage_order as bigint) as stage_order,
    cast(stage_visit_no as bigint) as stage_visit_no,
    cast(entered_at as timestamp) as entered_at,
    cast(exited_at as timestamp) as exited_at,
    cast(
        case
            when has_clock_defect or is_closed_stage then null
            else {{ elapsed_days('entered_at', 'coalesce(exited_at, as_of)') }}
        end as double
    ) as dwell_days,
    cast(
        case
            when visit_no = 1 then 'first'
            when step is null or previous_step is null then null
            when step < previous_step then 'regress'
            when stage_visit_no > 1 then 're_entry'
            when step > previous_step + 1 and not is_closed_stage then 'skip'
            else 'forward'
        end as varchar
    ) as movement,
    cast(exited_at is null and not is_closed_stage as boolean) as is_censored,
    cast(next_stage as varchar) as next_stage,
    cast(
        case when exited_at is not null then next_step > step and (is_next_won or not is_next_closed) end as boolean
    ) as is_advance,
    cast(is_closed_stage as boolean) as is_closed,
    cast(account_id as varchar) as account_id,
    cast(segment as varchar) as segment,
    cast(source as varchar) as source,
    cast(has_clock_defect as boolean) as has_clock_defect,
    cast(is_deleted as boolean) as is_deleted,
    {{ as_of() }} as _modelled_at
from clocked
