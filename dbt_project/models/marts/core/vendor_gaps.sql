-- What the vendors that are on have not delivered, and what is not known because of it. What a table or column is
-- needed for stands with its source (`meta.without`), and what does as well (`meta.or`: another table or column). And
-- logins that look like leads' numbers, which only the plan can say they are.
{%- set tables = sources_with_a_cost() %}

with
{%- for node in tables %}
table_{{ loop.index }} as (
    select
        '{{ node.source_name }}' as vendor,
        '{{ node.name }}' as table_name,
        count(*) as rows_landed
        {%- for name, value in counted_columns(node).items() -%}
        ,
        count({{ value }}) as {{ name }}
        {%- endfor %}
    from {{ landed(node.source_name, node.name) }}
),
{% endfor %}
counts as (
    {%- for node in tables %}
    {%- set number = loop.index %}
    select
        vendor,
        table_name,
        cast(null as varchar) as column_name,
        rows_landed as rows_delivered,
        0 as rows_due,
        '{{ node.config.meta['or'] }}' as other_table,
        '{{ node.config.meta['without'] | replace("'", "''") }}' as consequence
    from table_{{ number }}
    union all
    {%- for column in node.columns.values() if column.meta.get('without') %}
    select
        vendor,
        table_name,
        '{{ column.name }}' as column_name,
        filled_{{ column.name }} as rows_delivered,
        rows_landed as rows_due,
        '' as other_table,
        '{{ column.meta['without'] | replace("'", "''") }}' as consequence
    from table_{{ number }}
    union all
    {%- endfor %}
    {%- for column in custom_columns(node) %}
    select
        vendor,
        table_name,
        '{{ column }}' as column_name,
        custom_{{ loop.index }} as rows_delivered,
        rows_landed as rows_due,
        '' as other_table,
        'It is named in the custom fields and was never filled: correct its name, or take it out.' as consequence
    from table_{{ number }}
    union all
    {%- endfor %}
    {%- endfor %}
    select
        cast(null as varchar) as vendor,
        cast(null as varchar) as table_name,
        cast(null as varchar) as column_name,
        cast(null as bigint) as rows_delivered,
        cast(null as bigint) as rows_due,
        cast(null as varchar) as other_table,
        cast(null as varchar) as consequence
    where false
),

unjoined_logins as (
    {{ unjoined_logins() }}
)

select
    gaps.vendor,
    gaps.table_name,
    gaps.column_name,
    case when gaps.column_name is null then 'table' else 'column' end as missing,
    gaps.consequence
from counts as gaps
left join counts as others
    on
        gaps.vendor = others.vendor
        and gaps.other_table = others.table_name
        and others.column_name is null
        and others.rows_delivered > 0
where
    gaps.rows_delivered = 0
    and others.table_name is null
    and (gaps.column_name is null or gaps.rows_due > 0)
union all
select
    tracker as vendor,
    'plan/identity_rules' as table_name,
    'login_is_lead' as column_name,
    'rule' as missing,
    logins || ' logins are numbers that leads have in the CRM, and are joined with nobody: of those with an e-mail'
    || ' address ' || agreeing || ' have that lead''s, ' || disagreeing || ' another. If they are the CRM''s numbers,'
    || ' add the line login_is_lead,' || tracker || ' to identity_rules.csv.' as consequence
from unjoined_logins
where agreeing >= disagreeing
