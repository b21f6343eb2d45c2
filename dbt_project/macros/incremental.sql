{#-
  The one watermark rule, and the one way a changed entity is written.

  Every incremental model carries `_modelled_at`: the as-of of the run that last changed the row's content. The
  watermark of a model is its newest `_modelled_at`. A row of an upstream is new when it changed at or after that
  watermark: "at" as well, because a run may be repeated (or killed) at one as-of after more had landed. What was
  already taken is computed again to the same content and is not written again (`replace_changed`).
-#}

{#- Condition: the row behind `alias` changed since the relation of a model last did. -#}
{% macro is_newer(alias, relation, column='_modelled_at') -%}
    {{ alias }}.{{ column }} >= (
        select coalesce(max(watermark._modelled_at), timestamp '1970-01-01 00:00:00')
        from {{ relation }} as watermark
    )
{%- endmacro %}

{#- Condition: the upstream row behind `alias` changed since this model last did; always true on a full refresh. -#}
{% macro is_new(alias, column='_modelled_at') -%}
    {%- if is_incremental() -%}
        {{ is_newer(alias, this, column) }}
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Condition: any row of `relation` is new; a changed map or plan makes every entity that reads it a candidate. -#}
{% macro any_new(relation, column='_modelled_at') -%}
    {%- if is_incremental() -%}
        exists (select 1 from {{ relation }} as changed where {{ is_new('changed', column) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- `is_new` for a lake row, with a literal on the folder date so that old folders are not opened. -#}
{% macro is_new_landed(alias) -%}
    {{ is_new(alias, '_landed_at') }}
    {%- if execute and is_incremental() %}
        {%- set oldest = run_query(
            "select cast(coalesce(max(_modelled_at), timestamp '1970-01-04') as date) - 2 from " ~ this
        ).columns[0].values()[0] %}
        and {{ alias }}.landed_on >= date '{{ oldest }}'
    {%- endif -%}
{%- endmacro %}

{#-
  Incremental strategy `replace_changed`: delete and insert whole entities (`unique_key`), and only those whose
  rows differ from what stands, the marks of how they came about apart.
  meta.holds_all: the query gives every entity, so what it no longer gives has vanished.
  meta.lives_in: a model with the same key column; an entity that has left it has vanished here too.
-#}
{% macro get_incremental_replace_changed_sql(args) -%}
    {%- set target, fresh, key = args['target_relation'], args['temp_relation'], '(' ~ args['unique_key'] ~ ')' -%}
    {%- set all_columns = get_quoted_csv(args['dest_columns'] | map(attribute='name')) -%}
    {%- set own_marks = ['_modelled_at', '_left_lead_id'] -%}
    {%- set content = get_quoted_csv(args['dest_columns'] | map(attribute='name') | reject('in', own_marks)) -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set touched = 'true' if meta.get('holds_all') else key ~ ' in (select ' ~ key ~ ' from ' ~ fresh ~ ')' -%}

    {%- if meta.get('holds_all') %}
    delete from {{ target }} where {{ key }} not in (select {{ key }} from {{ fresh }});
    {%- endif %}
    {%- if meta.get('lives_in') %}
    delete from {{ target }} where {{ key }} not in (
        select {{ key }} from {{ ref(meta['lives_in']) }} where {{ key }} is not null
    );
    {%- endif %}
    delete from {{ fresh }} where {{ key }} not in (
        select {{ key }} from (
            select {{ content }} from {{ fresh }}
            except
            select {{ content }} from {{ target }} where {{ touched }}
        ) as appeared
        union
        select {{ key }} from (
            select {{ content }} from {{ target }} where {{ touched }}
            except
            select {{ content }} from {{ fresh }}
        ) as disappeared
    );
    delete from {{ target }} where {{ key }} in (select {{ key }} from {{ fresh }});
    insert into {{ target }} ({{ all_columns }}) select {{ all_columns }} from {{ fresh }}
{%- endmacro %}
