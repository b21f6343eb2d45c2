{#-
  The run's instant and the business calendar. Every timestamp is naive UTC; the business time zone only decides
  dates and weeks. No model reads a clock: `as_of()` is the one source of "now".
-#}

{#- The instant (UTC) as of which the run is made. -#}
{% macro as_of() -%}
    (select run_context.as_of from {{ source('andon', 'run_context') }} as run_context)
{%- endmacro %}

{#- The business time zone's IANA name. -#}
{% macro business_zone() -%}
    (select run_context.time_zone from {{ source('andon', 'run_context') }} as run_context)
{%- endmacro %}

{#- Business date of a UTC timestamp. -#}
{% macro business_date(instant) -%}
    {{ return(adapter.dispatch('business_date', 'andon')(instant)) }}
{%- endmacro %}

{% macro duckdb__business_date(instant) -%}
    cast(({{ instant }}) at time zone 'UTC' at time zone {{ business_zone() }} as date)
{%- endmacro %}

{% macro spark__business_date(instant) -%}
    cast(from_utc_timestamp({{ instant }}, {{ business_zone() }}) as date)
{%- endmacro %}

{#- UTC timestamp of a local business date-time expression; in the repeated hour of autumn the later reading. -#}
{% macro business_instant(local_timestamp) -%}
    {{ return(adapter.dispatch('business_instant', 'andon')(local_timestamp)) }}
{%- endmacro %}

{% macro duckdb__business_instant(local_timestamp) -%}
    cast(({{ local_timestamp }}) at time zone {{ business_zone() }} at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro spark__business_instant(local_timestamp) -%}
    to_utc_timestamp({{ local_timestamp }}, {{ business_zone() }})
{%- endmacro %}

{#- Monday of the ISO week that holds a date. -#}
{% macro week_start(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{#- ISO week label of a date, `2026-W53`. -#}
{% macro iso_week(day) -%}
    {{ return(adapter.dispatch('iso_week', 'andon')(day)) }}
{%- endmacro %}

{% macro duckdb__iso_week(day) -%}
    strftime({{ day }}, '%G-W%V')
{%- endmacro %}

{% macro spark__iso_week(day) -%}
    concat(extract(yearofweek from {{ day }}), '-W', lpad(extract(week from {{ day }}), 2, '0'))
{%- endmacro %}

{#- Expression: `zone` when it is a time zone that the engine knows, else NULL. -#}
{% macro known_zone(zone) -%}
    {{ return(adapter.dispatch('known_zone', 'andon')(zone)) }}
{%- endmacro %}

{% macro duckdb__known_zone(zone) -%}
    (select zones.name from pg_timezone_names() as zones where zones.name = {{ zone }})
{%- endmacro %}

{% macro spark__known_zone(zone) -%}
    {{ zone }}
{%- endmacro %}

{#- Share (0..1) of a day of a known time zone that falls on the business day of the same date; NULL without a zone. -#}
{% macro share_of_business_day(day, zone) -%}
    {{ return(adapter.dispatch('share_of_business_day', 'andon')(day, zone)) }}
{%- endmacro %}

{% macro duckdb__share_of_business_day(day, zone) -%}
    {%- set midnight = "cast(" ~ day ~ " as timestamp)" -%}
    {%- set next_midnight = "cast(" ~ day ~ " + 1 as timestamp)" -%}
    {%- set starts, ends = midnight ~ " at time zone " ~ zone, next_midnight ~ " at time zone " ~ zone -%}
    {%- set opens = midnight ~ " at time zone " ~ business_zone() -%}
    {%- set closes = next_midnight ~ " at time zone " ~ business_zone() -%}
    (
        greatest(epoch(least({{ ends }}, {{ closes }})) - epoch(greatest({{ starts }}, {{ opens }})), 0)
        / (epoch({{ ends }}) - epoch({{ starts }}))
    )
{%- endmacro %}
