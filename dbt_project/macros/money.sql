{#- The share of an amount (whole cents) that falls to a place (1..shares), as money: shares add up to the amount. -#}
{% macro share_of_cents(cents, shares, place) -%}
    cast((
        floor({{ cents }} / {{ shares }})
        + case when {{ place }} <= {{ cents }} - floor({{ cents }} / {{ shares }}) * {{ shares }} then 1 else 0 end
    ) / 100.0 as decimal(18, 2))
{%- endmacro %}
