{#- Condition (qualify): the row is of the plan table's content as it stands, not of an earlier one. -#}
{% macro in_latest_snapshot() -%}
    dense_rank() over (order by _landed_at desc, snapshot desc) = 1
{%- endmacro %}
