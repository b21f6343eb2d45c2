{#-
  Business minutes by the calendar's cumulative count: an instant is worth the minutes open before its business date
  plus those open on that date so far. A span is a difference of two such numbers, so its cost does not depend on its
  length, and holidays, weekends and daylight-saving days need no case of their own.
-#}

{#- Minutes (double) from one UTC timestamp to another; negative when reversed. -#}
{% macro elapsed_minutes(start_at, end_at) -%}
    {{ return(adapter.dispatch('elapsed_minutes', 'andon')(start_at, end_at)) }}
{%- endmacro %}

{% macro duckdb__elapsed_minutes(start_at, end_at) -%}
    ((epoch_us({{ end_at }}) - epoch_us({{ start_at }})) / 60000000.0)
{%- endmacro %}

{% macro spark__elapsed_minutes(start_at, end_at) -%}
    ((unix_micros({{ end_at }}) - unix_micros({{ start_at }})) / 60000000.0D)
{%- endmacro %}

{#- Days (double) of 24 hours from one UTC timestamp to another. -#}
{% macro elapsed_days(start_at, end_at) -%}
    ({{ elapsed_minutes(start_at, end_at) }} / 1440.0)
{%- endmacro %}

{#-
  Business minutes (double) from the calendar's first day to the UTC timestamp `instant`; `day` is the alias of the
  `dim_date` row of its business date. Null when the instant is null or the plan states no business hours.
-#}
{% macro business_minutes_at(instant, day) -%}
    (
        {{ day }}.business_minutes_before
        + case
            when {{ instant }} is null then null
            when {{ day }}.is_business_day
                then least(
                    greatest({{ elapsed_minutes(day ~ '.business_open_at', instant) }}, 0.0),
                    cast({{ day }}.business_minutes as double)
                )
            else 0.0
        end
    )
{%- endmacro %}

{#-
  Business minutes (double) between two UTC timestamps. `start_day` and `end_day` are aliases of `dim_date`, joined on
  the business date of each (`business_date`).
-#}
{% macro business_minutes_between(start_at, start_day, end_at, end_day) -%}
    ({{ business_minutes_at(end_at, end_day) }} - {{ business_minutes_at(start_at, start_day) }})
{%- endmacro %}

{#- Select expression that gives one row per date from `first_day` to `last_day`, both included. -#}
{% macro each_day(first_day, last_day) -%}
    {{ return(adapter.dispatch('each_day', 'andon')(first_day, last_day)) }}
{%- endmacro %}

{% macro duckdb__each_day(first_day, last_day) -%}
    cast(unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day)) as date)
{%- endmacro %}

{% macro spark__each_day(first_day, last_day) -%}
    explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day))
{%- endmacro %}

{#- Minute of the day of a plan's `HH:MM`; `24:00` is the day's end. -#}
{% macro minute_of_day(clock_text) -%}
    (
        cast(split_part({{ clock_text }}, ':', 1) as integer) * 60
        + cast(split_part({{ clock_text }}, ':', 2) as integer)
    )
{%- endmacro %}
