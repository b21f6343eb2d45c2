{#- Days after which a day counts as whole, and how many whole days back the usual is learnt from. -#}
{% macro whole_after_days() -%} 14 {%- endmacro %}
{% macro learnt_from_days() -%} 56 {%- endmacro %}

{#- Days of a feed, and days of one kind (business or not), from which there is a usual. -#}
{% macro learnt_from_least_days() -%} 7 {%- endmacro %}
{% macro comparable_from_least_days() -%} 5 {%- endmacro %}

{#- Below this share of the smallest comparable day it is the feed that stopped, not the business. -#}
{% macro hardly_any() -%} 0.2 {%- endmacro %}
