{#- Condition (qualify): the row is of the plan table's content as it stands, not of an earlier one. -#}
{% macro in_latest_snapshot() -%}
    dense_rank() over (order by _landed_at desc, snapshot desc) = 1
{%- endmacro %}

{#- Condition (qualify): of two contents that landed in one run, one is taken whole. -#}
{% macro whole_snapshot() -%}
    dense_rank() over (partition by _landed_at order by snapshot desc) = 1
{%- endmacro %}

{#-
  Condition (qualify): per week, a plan version's rows in the content that had landed last before `instant`; for a
  version that had not landed by then, its rows in the first content that had it.
-#}
{% macro as_known_before(instant, rows, week) -%}
    {%- set landed_in_time -%}
        case when {{ rows }}._landed_at < {{ instant }} then {{ rows }}._landed_at end
    {%- endset -%}
    {{ rows }}._landed_at = coalesce(
        case
            when max({{ landed_in_time }}) over (partition by {{ week | join(', ') }}, {{ rows }}.plan_version) is not null
                then max({{ landed_in_time }}) over (partition by {{ week | join(', ') }})
        end,
        min({{ rows }}._landed_at) over (partition by {{ week | join(', ') }}, {{ rows }}.plan_version)
    )
{%- endmacro %}

{#- Query: every Monday from `first_week` to `last_week` of a one-row relation, as `week_start`. -#}
{% macro week_series(span) -%}
    {{ return(adapter.dispatch('week_series', 'andon')(span)) }}
{%- endmacro %}

{% macro duckdb__week_series(span) -%}
    select cast(unnest(generate_series(first_week, last_week, interval 7 day)) as date) as week_start from {{ span }}
{%- endmacro %}

{% macro spark__week_series(span) -%}
    select explode(sequence(first_week, last_week, interval 7 days)) as week_start from {{ span }}
{%- endmacro %}
