{#- Ad platforms: what several of their staging models share. -#}

{#- Query: the newest version of every record of a history table, `columns` of it, with the landing of that version. -#}
{% macro newest_version(system, table, key, columns, valid_from) -%}
    {%- set order = '(coalesce(' ~ valid_from ~ ", timestamp '1970-01-01 00:00:00'), _landed_at, _file, _line)" -%}
    select
        {{ key }},
        {%- for column in columns + ['_landed_at', 'landed_on'] %}
        {{ value_at('max', column, order) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ landed(system, table) }}
    group by {{ key }}
{%- endmacro %}
