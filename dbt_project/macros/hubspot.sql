{#- HubSpot: what several of its staging models share. -#}

{#- Query: the newest label of every pipeline stage, by stage id. -#}
{% macro hubspot_deal_stages() -%}
    select
        stage_id,
        {{ value_at('max', 'label', '(_landed_at, _line)') }} as label,
        {{ value_at('max', '_landed_at', '(_landed_at, _line)') }} as _landed_at,
        {{ value_at('max', 'landed_on', '(_landed_at, _line)') }} as landed_on
    from {{ landed('hubspot', 'deal_pipeline_stage') }}
    group by stage_id
{%- endmacro %}

{#- Query: the owner that each user is, by user id: histories name users, everything else owners. -#}
{% macro hubspot_users() -%}
    select
        active_user_id as user_id,
        {{ value_at('max', 'owner_id', '(_landed_at, _line)') }} as owner_id,
        max(_landed_at) as _landed_at,
        max(landed_on) as landed_on
    from {{ landed('hubspot', 'owner') }}
    where active_user_id is not null
    group by active_user_id
{%- endmacro %}

{#- Expression: the user behind a change of a property, NULL when something else made it. -#}
{% macro hubspot_user_id(source_id) -%}
    regexp_extract({{ source_id }}, '([0-9]+)$', 1)
{%- endmacro %}

{#-
  Query: one row per engagement and record on its other side (`engagement_<record>`): engagement_id, record_id, place
  (1 for the smallest id), trace.
-#}
{% macro hubspot_associated(record, id_column) -%}
    select
        engagement_id,
        {{ id_column }} as record_id,
        row_number() over (
            partition by engagement_id order by length({{ id_column }}), {{ id_column }}
        ) as place,
        max(max(_landed_at)) over (partition by engagement_id) as _landed_at,
        max(max(landed_on)) over (partition by engagement_id) as landed_on
    from {{ landed('hubspot', 'engagement_' ~ record) }}
    where not coalesce(_fivetran_deleted, false)
    group by engagement_id, {{ id_column }}
{%- endmacro %}

{#- Expression: whole minutes from one instant to another. -#}
{% macro minutes_between(start_at, end_at) -%}
    cast(round({{ elapsed_minutes(start_at, end_at) }}) as bigint)
{%- endmacro %}
