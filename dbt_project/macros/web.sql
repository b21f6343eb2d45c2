{#- Web addresses and tracked sources: what several trackers' staging models share. -#}

{#- Expression: a parameter of a web address, NULL when absent or empty. Escapes stay, but for + and %20. -#}
{% macro url_parameter(address, name) -%}
    nullif(
        replace(replace(regexp_extract({{ address }}, '[?&]{{ name }}=([^&#]*)', 1), '+', ' '), '%20', ' '), ''
    )
{%- endmacro %}

{#- Expression: the click id that an ad platform put into a web address. -#}
{% macro click_id(address) -%}
    nullif(regexp_extract({{ address }}, '[?&](gclid|gbraid|wbraid|li_fat_id|fbclid|msclkid)=([^&#]*)', 2), '')
{%- endmacro %}

{#- Condition: a medium that is paid for per click or view. -#}
{% macro is_paid_medium(medium) -%}
    regexp_full_match(lower(trim({{ medium }})), '(.*cp[acm]|ppc|paid.*|display|banner|retargeting)')
{%- endmacro %}

{#- Literal: the names of tracked events that are a form fill, in snake case. -#}
{% macro form_events() -%}
    '(form_(submit|submitted|filled|completed)'
    || '|(lead|demo|contact)_(generated|created|requested|submitted)'
    || '|(demo|contact|trial)_request(ed)?|generate_lead|sign(ed)?_up)'
{%- endmacro %}

{#- Expression: an event's parameter as text, from the list of {key, value: {string_value, int_value, …}} it carries. -#}
{% macro ga4_parameter(name) -%}
    nullif(list_filter(
        (list_filter(cast(event_params as json[]), lambda each: each ->> 'key' = '{{ name }}')[1] -> 'value') ->> '$.*',
        lambda kind: kind is not null
    )[1], '')
{%- endmacro %}

{#-
  Expression: a lead id that the site knows, as the CRM that is on gives it. Of several (the company moved from one to
  another, or has flat files beside one) each is told by the form of its numbers: 00Q… is Salesforce's, a plain number
  HubSpot's.
-#}
{% macro known_lead_id(id) -%}
    {%- set forms = {'salesforce': '00Q.*', 'hubspot': '[0-9]+'} -%}
    {%- set crms = [] -%}
    {%- for vendor in vendors_on() if 'leads' in vendor_entities()[vendor] -%}{%- do crms.append(vendor) -%}{%- endfor -%}
    {%- set usual = prefixed_id('crm' if 'flat' in crms or not crms else crms[0], id) -%}
    {%- if crms | length > 1 -%}
        case
            {%- for vendor, form in forms.items() if vendor in crms %}
            when regexp_full_match(trim({{ id }}), '{{ form }}') then {{ prefixed_id(vendor, id) }}
            {%- endfor %}
            else {{ usual }}
        end
    {%- else -%}
        {{ usual }}
    {%- endif -%}
{%- endmacro %}
