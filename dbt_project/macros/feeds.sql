{#- The feeds (`system.table`) of a cadence, as a quoted list; the cadence stands with each source. -#}
{% macro feeds_due(cadence) -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.config.meta.get('cadence') == cadence -%}
            {%- do names.append("'" ~ node.source_name ~ '.' ~ node.name ~ "'") -%}
        {%- endfor -%}
        {%- if not names -%}
            {%- do exceptions.raise_compiler_error("No source says meta.cadence: " ~ cadence) -%}
        {%- endif -%}
    {%- endif -%}
    {{- names | sort | join(', ') -}}
{%- endmacro %}

{#- List: the sources that say what is not known without them (meta.without), of the vendors that are on. -#}
{% macro sources_with_a_cost() -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() | sort(attribute='unique_id') if node.config.meta.get('without') -%}
            {%- do found.append(node) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{#- Dict: name -> expression; what is counted of a source to know which columns were never filled. -#}
{% macro counted_columns(node) -%}
    {%- set counted = {} -%}
    {%- for column in node.columns.values() if column.meta.get('without') -%}
        {%- do counted.update({'filled_' ~ column.name: 'coalesce(' ~ column.name ~ ', ' ~ column.meta.get('or', 'null') ~ ')'}) -%}
    {%- endfor -%}
    {%- for column in custom_columns(node) -%}
        {%- do counted.update({'custom_' ~ loop.index: '"' ~ column ~ '"'}) -%}
    {%- endfor -%}
    {{ return(counted) }}
{%- endmacro %}

{#- List: the columns of a source that the installation names as custom fields, but for those that it has anyway. -#}
{% macro custom_columns(node) -%}
    {%- set told = node.columns.values() | selectattr('meta.without', 'defined') | map(attribute='name') | list -%}
    {{ return(custom_field_map(node.source_name ~ '.' ~ node.name).values() | reject('in', told) | unique | list) }}
{%- endmacro %}

{#- `dbt source freshness` judges as of the run, like everything else, not by the clock. -#}
{% macro duckdb__collect_freshness(source, loaded_at_field, filter) -%}
    {%- call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        select
            max({{ loaded_at_field }}) as max_loaded_at,
            {{ as_of() }} as snapshotted_at
        from {{ source }}
        where {{ loaded_at_field }} <= {{ as_of() }} {{ 'and ' ~ filter if filter }}
    {%- endcall -%}
    {{ return(load_result('collect_freshness')) }}
{%- endmacro %}
