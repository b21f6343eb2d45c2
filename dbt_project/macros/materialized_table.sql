{#-
  A table in one transaction of one or two statements. dbt-duckdb's own way builds the table beside the old one, renames
  both and drops one: more time in dbt than in DuckDB for each of some seventy small tables, at every run.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is not none and not existing.is_table %}
        {{ drop_relation_if_exists(existing) }}
    {%- endif %}
    {%- call statement('main') %}
        {%- if config.get('contract').enforced %}
            {{- get_assert_columns_equivalent(compiled_code) }}
            create or replace table {{ target }} {{ get_table_columns_and_constraints() }};
            insert into {{ target }} {{ get_column_names() }} {{ get_select_subquery(compiled_code) }}
        {%- else %}
            create or replace table {{ target }} as {{ compiled_code }}
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
