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

{#-
  Statement: remove the spend that is told under another name now. A loader's record of an account, campaign or ad may
  land after the spend, and gives its rows the account, currency or campaign that they did not have; flat files state
  theirs.
-#}
{% macro forget_renamed_spend() -%}
    {%- set loaders = [] -%}
    {%- for vendor in vendors_on() if vendor != 'flat' and 'ad_spend' in vendor_entities()[vendor] -%}
        {%- do loaders.append(vendor) -%}
    {%- endfor -%}
    {%- if is_incremental() and loaders -%}
    {%- set key = 'platform, account_id, campaign_id, spend_date, currency' -%}
    delete from {{ this }} where ({{ key }}) not in (select ({{ key }}) from {{ delivered('ad_spend') }} as told)
    {%- endif -%}
{%- endmacro %}
