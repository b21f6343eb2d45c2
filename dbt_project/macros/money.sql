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

{#-
  A place's share of whole cents by whole weights: `upto` is the sum of the weights up to and with this place, `weight`
  its own, `total` all of them. Shares add up to the amount, whatever the weights; of no weight at all, 0.
-#}
{% macro weighted_share_of_cents(cents, upto, weight, total) -%}
    cast(
        case
            when {{ total }} = 0 then 0 * {{ cents }}
            else ({{ whole_ratio(cents, upto, total) }} - {{ whole_ratio(cents, upto ~ ' - ' ~ weight, total) }})
        end / 100.0 as decimal(18, 2)
    )
{%- endmacro %}

{#- floor(amount * part / total); NULL of no total. -#}
{% macro whole_ratio(amount, part, total) -%}
    {{ whole_division(amount ~ ' * (' ~ part ~ ')', 'nullif(' ~ total ~ ', 0)') }}
{%- endmacro %}

{#-
  The sum of the parts of a cost that are known; NULL when none is. A zero among the `minor` parts (they are 0 where
  nobody stated a price) does not make the whole known.
-#}
{% macro known_cost(major, minor) -%}
    cast(
        case
            when
                {% for part in major %}{{ part }} is not null or {% endfor -%}
                {% for part in minor %}{{ part }} > 0{{ ' or ' if not loop.last }}{% endfor %}
                then {% for part in major + minor %}coalesce({{ part }}, 0){{ ' + ' if not loop.last }}{% endfor %}
        end as decimal(18, 2)
    )
{%- endmacro %}
