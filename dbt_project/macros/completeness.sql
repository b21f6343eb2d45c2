{#- Days after which a day counts as whole, and how many whole days back the usual is learnt from. -#}
{% macro whole_after_days() -%} 14 {%- endmacro %}
{% macro learnt_from_days() -%} 56 {%- endmacro %}
