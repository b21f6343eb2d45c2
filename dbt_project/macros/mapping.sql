{#-
  Which campaign and source of the plan a delivered row means. The order is the same for spend, touches and leads: a
  campaign id that the plan knows, else the first rule of `spend_map` that matches (by priority, then rule id).
-#}

{#- A map's value as a LIKE pattern (escape `!`): case and blanks around do not count, `*` stands for any text. -#}
{% macro like_pattern(value) -%}
    replace(replace(replace(replace({{ lookup(value) }}, '!', '!!'), '%', '!%'), '_', '!_'), '*', '%')
{%- endmacro %}

{#-
  Query: per key of `rows` (a list of columns), the rule that applies: key, rule_id, rule_source, rule_campaign_id.
  day: column by which rules are in force; fields: condition of a rule -> column of `rows`. A rule that asks for what
  rows of this kind do not have does not apply to them.
-#}
{% macro rules_applied(rows, key, day, fields) -%}
    {%- set conditions = [
        'platform', 'account_id', 'campaign_id', 'campaign_name', 'utm_source', 'utm_medium', 'utm_campaign'
    ] -%}
    {%- set columns = fields.values() | unique | list -%}
    with shapes as (
        select distinct {{ columns | join(', ') }} from {{ rows }}
    ),

    matches as (
        select
            {%- for column in columns %}
            shapes.{{ column }},
            {%- endfor %}
            rules.rule_id,
            rules.priority,
            rules.source,
            rules.maps_to_campaign,
            rules.valid_from,
            rules.valid_to
        from shapes
        inner join {{ ref('int_plan_spend_map') }} as rules
            on
            {%- for condition in conditions %}
            {%- if condition in fields %}
                (
                    rules.{{ condition }} is null
                    or {{ lookup('shapes.' ~ fields[condition]) }} like rules.{{ condition }} escape '!'
                )
            {%- else %}
                rules.{{ condition }} is null
            {%- endif %}
            {{- ' and' if not loop.last }}
            {%- endfor %}
    )

    select
        {%- for column in key %}
        matching.{{ column }},
        {%- endfor %}
        min_by(matches.rule_id, (matches.priority, matches.rule_id)) as rule_id,
        min_by(matches.source, (matches.priority, matches.rule_id)) as rule_source,
        {{ value_at('min', 'matches.maps_to_campaign', '(matches.priority, matches.rule_id)') }} as rule_campaign_id
    from {{ rows }} as matching
    inner join matches
        on
        {%- for column in columns %}
            matching.{{ column }} is not distinct from matches.{{ column }} and
        {%- endfor %}
            matching.{{ day }} between matches.valid_from and matches.valid_to
    group by {% for column in key %}matching.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- How alike two names are, 0..1: one minus the edit distance over the longer one's length. NULL when one is NULL. -#}
{% macro likeness(left_name, right_name) -%}
    (
        1.0 - levenshtein({{ lookup(left_name) }}, {{ lookup(right_name) }})
        / nullif(cast(greatest(length(trim({{ left_name }})), length(trim({{ right_name }}))) as double), 0)
    )
{%- endmacro %}

{#- A value as a cell of a CSV line: quoted where it must be, empty when NULL. -#}
{% macro csv_cell(value) -%}
    case
        when {{ value }} is null then ''
        when regexp_matches({{ value }}, '[",\r\n]') then '"' || replace({{ value }}, '"', '""') || '"'
        else {{ value }}
    end
{%- endmacro %}

{#- From how alike on a name is called the likely one. -#}
{% macro alike_enough() -%}
    0.5
{%- endmacro %}
