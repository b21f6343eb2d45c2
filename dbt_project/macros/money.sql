{#- The share of an amount (whole cents) that falls to a place (1..shares), as money: shares add up to the amount. -#}
{% macro share_of_cents(cents, shares, place) -%}
    cast((
        floor({{ cents }} / {{ shares }})
        + case when {{ place }} <= {{ cents }} - floor({{ cents }} / {{ shares }}) * {{ shares }} then 1 else 0 end
    ) / 100.0 as decimal(18, 2))
{%- endmacro %}

{#- Whole part of a division of whole numbers, exact at any size a mart can hold. -#}
{% macro whole_division(dividend, divisor) -%}
    {{ return(adapter.dispatch('whole_division', 'andon')(dividend, divisor)) }}
{%- endmacro %}

{% macro duckdb__whole_division(dividend, divisor) -%}
    (cast({{ dividend }} as hugeint) // cast({{ divisor }} as hugeint))
{%- endmacro %}

{% macro spark__whole_division(dividend, divisor) -%}
    (cast({{ dividend }} as decimal(38, 0)) div cast({{ divisor }} as decimal(38, 0)))
{%- endmacro %}
