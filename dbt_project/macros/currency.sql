{#-
  Money of other currencies. A rate applies from its day until the next one; where there is none the amount stays in its
  own currency and has no worth in the business currency: NULL, never a rate of 1.
-#}

{#- How a delivered currency code is compared. -#}
{% macro currency_code(currency) -%}
    upper(trim({{ currency }}))
{%- endmacro %}

{#- Expression: worth of one unit of `currency` in the business currency, by the joined rate; NULL without one. -#}
{% macro fx_rate(currency, rates) -%}
    case
        when {{ currency_code(currency) }} = {{ business_currency() }} then cast(1 as decimal(18, 10))
        else {{ rates }}.rate
    end
{%- endmacro %}

{#- The business currency. -#}
{% macro business_currency() -%}
    (select run_context.currency from {{ source('andon', 'run_context') }} as run_context)
{%- endmacro %}

{#- Join condition: the rate of `currency` that is in force on `day`. -#}
{% macro rate_in_force(rates, currency, day) -%}
    {{ currency_code(currency) }} = {{ rates }}.currency
    and {{ day }} >= {{ rates }}.applies_from
    and {{ day }} < {{ rates }}.applies_until
{%- endmacro %}

{#- An amount in the business currency, to the cent. DuckDB multiplies two decimals of up to 18 digits in 18 digits. -#}
{% macro converted(amount, rate) -%}
    cast(cast({{ amount }} as decimal(28, 4)) * {{ rate }} as decimal(18, 2))
{%- endmacro %}
