{#- Aggregate: the first time a condition held at or after an instant, else the first time it held at all. -#}
{% macro first_since(event_time, instant, condition) -%}
    coalesce(
        min({{ event_time }}) filter (where {{ condition }} and {{ event_time }} >= {{ instant }}),
        min({{ event_time }}) filter (where {{ condition }})
    )
{%- endmacro %}

{#- Condition: an activity of this type reached out to somebody; a note or something done inside did not. -#}
{% macro is_contact(activity_type) -%}
    coalesce({{ activity_type }}, '') not in ('note', 'task')
{%- endmacro %}

{#- Aggregate: a column's value on the row where an ordering is least ('min') or greatest ('max'), NULL included. -#}
{% macro value_at(end, column, ordering) -%}
    {{ return(adapter.dispatch('value_at', 'andon')(end, column, ordering)) }}
{%- endmacro %}

{% macro duckdb__value_at(end, column, ordering) -%}
    arg_{{ end }}_null({{ column }}, {{ ordering }})
{%- endmacro %}

{% macro spark__value_at(end, column, ordering) -%}
    {{ end }}_by({{ column }}, {{ ordering }})
{%- endmacro %}
