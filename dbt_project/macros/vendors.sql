{#-
  Source systems. A vendor is a folder of staging models; each gives the columns of `entity_columns` for the entities that
  `vendor_entities` says it can tell. Ids of a vendor carry its name (`prefixed_id`), so that several can be on at once.
-#}

{#- List: the vendors that are on, from the installation's environment, else from the project's vars. -#}
{% macro vendors_on() -%}
    {{ return((env_var('ANDON_VENDORS', '') or var('vendors') | join(',')).split(',')) }}
{%- endmacro %}

{#- Dict: the vendors that were left, and the last day on which each delivered. -#}
{% macro vendors_ended() -%}
    {%- set configured = env_var('ANDON_VENDORS_ENDED', '') -%}
    {{ return(fromjson(configured) if configured else var('vendors_ended')) }}
{%- endmacro %}

{#- Expression (date): the last day on which a feed (`system.table`) is due, NULL while its vendor delivers. -#}
{% macro vendor_end(feed) -%}
    cast(
        case
            {%- for vendor, day in vendors_ended().items() %}
            {%- for system in (['crm', 'ads', 'web'] if vendor == 'flat' else [vendor]) %}
            when split_part({{ feed }}, '.', 1) = '{{ system }}' then '{{ day }}'
            {%- endfor %}
            {%- endfor %}
            when false then '9999-12-31'
        end as date
    )
{%- endmacro %}

{#- Dict: the entities that each vendor tells. -#}
{% macro vendor_entities() -%}
    {{ return({
        'flat': [
            'leads', 'contacts', 'lead_events', 'activities', 'accounts', 'opportunities', 'opportunity_stages', 'users',
            'ad_spend', 'web_touches'
        ],
        'salesforce': [
            'leads', 'contacts', 'lead_events', 'activities', 'accounts', 'opportunities', 'opportunity_stages',
            'users', 'web_touches'
        ],
        'hubspot': [
            'leads', 'lead_events', 'activities', 'accounts', 'opportunities', 'opportunity_stages', 'users',
            'web_touches'
        ],
        'google_ads': ['ad_spend'],
        'linkedin_ads': ['ad_spend'],
        'meta_ads': ['ad_spend'],
        'ga4': ['web_touches', 'visitor_identities'],
        'segment': ['web_touches', 'visitor_identities'],
    }) }}
{%- endmacro %}

{#- Dict: an entity's columns and their types, the same whatever the vendor. -#}
{% macro entity_columns(entity) -%}
    {%- set entities = {
        'leads': {
            'lead_id': 'varchar', 'created_at': 'timestamp', 'updated_at': 'timestamp', 'email': 'varchar',
            'first_name': 'varchar', 'last_name': 'varchar', 'title': 'varchar', 'phone': 'varchar',
            'company': 'varchar', 'account_id': 'varchar', 'contact_id': 'varchar', 'country': 'varchar',
            'industry': 'varchar', 'employees': 'bigint', 'lead_source': 'varchar', 'campaign_id': 'varchar',
            'segment': 'varchar', 'score': 'double', 'status': 'varchar', 'owner_id': 'varchar',
            'consent': 'boolean', 'is_deleted': 'boolean', 'merged_into_lead_id': 'varchar',
            'opportunity_id': 'varchar', 'utm_source': 'varchar', 'utm_medium': 'varchar',
            'utm_campaign': 'varchar', 'custom_fields': 'varchar',
        },
        'contacts': {
            'contact_id': 'varchar', 'account_id': 'varchar', 'created_at': 'timestamp', 'updated_at': 'timestamp',
            'email': 'varchar', 'first_name': 'varchar', 'last_name': 'varchar', 'title': 'varchar',
            'phone': 'varchar', 'country': 'varchar', 'lead_source': 'varchar', 'owner_id': 'varchar',
            'consent': 'boolean', 'is_deleted': 'boolean', 'merged_into_contact_id': 'varchar',
            'custom_fields': 'varchar',
        },
        'lead_events': {
            'event_id': 'varchar', 'lead_id': 'varchar', 'event_at': 'timestamp', 'event_type': 'varchar',
            'from_value': 'varchar', 'to_value': 'varchar', 'actor_id': 'varchar', 'reason': 'varchar',
        },
        'activities': {
            'activity_id': 'varchar', 'activity_type': 'varchar', 'occurred_at': 'timestamp',
            'updated_at': 'timestamp', 'lead_id': 'varchar', 'contact_id': 'varchar', 'account_id': 'varchar',
            'opportunity_id': 'varchar', 'owner_id': 'varchar', 'outcome': 'varchar', 'minutes': 'bigint',
            'is_void': 'boolean',
        },
        'accounts': {
            'account_id': 'varchar', 'name': 'varchar', 'domain': 'varchar', 'segment': 'varchar',
            'industry': 'varchar', 'employees': 'bigint', 'country': 'varchar', 'owner_id': 'varchar',
            'created_at': 'timestamp', 'updated_at': 'timestamp', 'is_customer': 'boolean',
            'custom_fields': 'varchar',
        },
        'opportunities': {
            'opportunity_id': 'varchar', 'account_id': 'varchar', 'lead_id': 'varchar', 'contact_id': 'varchar',
            'name': 'varchar', 'stage': 'varchar', 'amount': 'decimal(18, 4)', 'currency': 'varchar',
            'owner_id': 'varchar', 'created_at': 'timestamp', 'updated_at': 'timestamp', 'close_date': 'date',
            'is_deleted': 'boolean', 'custom_fields': 'varchar',
        },
        'opportunity_stages': {
            'history_id': 'varchar', 'opportunity_id': 'varchar', 'stage': 'varchar', 'entered_at': 'timestamp',
            'actor_id': 'varchar', 'amount': 'decimal(18, 4)',
        },
        'users': {
            'user_id': 'varchar', 'updated_at': 'timestamp', 'name': 'varchar', 'email': 'varchar',
            'team': 'varchar', 'role': 'varchar', 'is_active': 'boolean',
        },
        'ad_spend': {
            'spend_date': 'date', 'platform': 'varchar', 'account_id': 'varchar', 'campaign_id': 'varchar',
            'campaign_name': 'varchar', 'impressions': 'bigint', 'clicks': 'bigint', 'cost': 'decimal(18, 4)',
            'currency': 'varchar', 'account_time_zone': 'varchar', 'platform_conversions': 'decimal(18, 4)',
        },
        'web_touches': {
            'touch_id': 'varchar', 'occurred_at': 'timestamp', 'visitor_id': 'varchar', 'lead_id': 'varchar',
            'contact_id': 'varchar', 'user_id': 'varchar', 'email': 'varchar', 'touch_type': 'varchar',
            'lead_source': 'varchar', 'campaign_id': 'varchar', 'click_id': 'varchar', 'utm_source': 'varchar',
            'utm_medium': 'varchar', 'utm_campaign': 'varchar', 'page': 'varchar', 'user_agent': 'varchar',
            'ip_hash': 'varchar',
        },
        'visitor_identities': {
            'identity_id': 'varchar', 'occurred_at': 'timestamp', 'visitor_id': 'varchar', 'user_id': 'varchar',
            'email': 'varchar', 'lead_id': 'varchar',
        },
    } -%}
    {%- set trace = {
        'source_file': 'varchar', 'source_line': 'bigint', '_landed_at': 'timestamp', 'landed_on': 'date'
    } -%}
    {{ return(dict({'system': 'varchar'}, **dict(entities[entity], **trace))) }}
{%- endmacro %}

{#-
  Query: the rows of `relation` landed by the run's as-of, as an entity. `lacks` are the columns that this vendor cannot
  tell: NULL. A custom field of `table` that has the name of a column stands in its place.
-#}
{% macro as_entity(entity, relation, lacks=[], table=none) -%}
    {%- set configured = custom_field_map(table) -%}
    select
        {%- for name, type in entity_columns(entity).items() %}
        {%- set told = 'null' if name in lacks else relation ~ '.' ~ name %}
        {%- if name in configured %}
        {%- set own = custom_field(name, relation ~ '.custom_fields') %}
        {%- set own = prefixed_id(table.split('.')[0], own) if name in vendor_ids() else own %}
        coalesce(try_cast({{ own }} as {{ type }}), cast({{ told }} as {{ type }})) as {{ name }}
        {%- else %}
        cast({{ told }} as {{ type }}) as {{ name }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where {{ relation }}._landed_at <= {{ as_of() }}
{%- endmacro %}

{#- Query: an entity that no vendor tells, without a row. -#}
{% macro no_rows_of(entity) -%}
    select
        {%- for name, type in entity_columns(entity).items() %}
        cast(null as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{%- endmacro %}

{#- Dict: the custom fields that the installation names for a source table (`system.table`), name -> column. -#}
{% macro custom_field_map(table) -%}
    {%- set configured = env_var('ANDON_CUSTOM_FIELDS', '') -%}
    {{ return((fromjson(configured) if configured else var('custom_fields')).get(table, {})) }}
{%- endmacro %}

{#- Expression (JSON text): the custom fields of a source table, NULL when none is named. -#}
{% macro custom_fields(table) -%}
    {%- set fields = custom_field_map(table) -%}
    {%- if fields -%}
        cast(json_object({% for name in fields | sort %}'{{ name }}', "{{ fields[name] }}"{{ ', ' if not loop.last }}{% endfor %}) as varchar)
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}

{#- Expression: one custom field as text, out of the JSON of them all. -#}
{% macro custom_field(name, json='custom_fields') -%}
    json_extract_string({{ json }}, '$.{{ name }}')
{%- endmacro %}

{#- List: columns that hold an id of the vendor's own records, which carry its name unless they come as flat files. -#}
{% macro vendor_ids() -%}
    {{ return([
        'lead_id', 'contact_id', 'account_id', 'opportunity_id', 'owner_id', 'merged_into_lead_id',
        'merged_into_contact_id'
    ]) }}
{%- endmacro %}

{#- Relation: the rows of a source table that had landed by the run's as-of. -#}
{% macro landed(system, table) -%}
    (select * from {{ source(system, table) }} where _landed_at <= {{ as_of() }})
{%- endmacro %}

{#- Expression: a record's id as no other vendor can give it, NULL when there is none. Flat files keep theirs. -#}
{% macro prefixed_id(system, id) -%}
    {%- if system in ['crm', 'ads', 'web'] -%}
        {{ id }}
    {%- elif system == 'salesforce' -%}
        ('{{ system }}:' || nullif({{ salesforce_number('trim(' ~ id ~ ')') }}, ''))
    {%- else -%}
        ('{{ system }}:' || nullif(trim({{ id }}), ''))
    {%- endif -%}
{%- endmacro %}

{#-
  Expression: a Salesforce id in its long form. Reports, links and pages show 15 characters; the API gives 18, the last
  three of which say which of each five are capitals: the first counts 1, the next 2, 4, 8 and 16, and the sum is a letter.
-#}
{% macro salesforce_number(id) -%}
    case
        when length({{ id }}) = 15
            then {{ id }}
            {%- for group in range(3) %}
                || substr(
                    'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345',
                    1
                    {%- for place in range(5) %}
                    {%- set letter = 'substr(' ~ id ~ ', ' ~ (5 * group + place + 1) ~ ', 1)' %}
                    + case when {{ letter }} between 'A' and 'Z' then {{ 2 ** place }} else 0 end
                    {%- endfor %},
                    1
                )
            {%- endfor %}
        else {{ id }}
    end
{%- endmacro %}

{#- Expression: a number by which one CRM names a record of another; a short one of a lead, contact or opportunity of
    Salesforce is told from the others' by its first three characters. -#}
{% macro named_number(number) -%}
    {%- if 'salesforce' in vendors_on() -%}
        case
            when regexp_full_match({{ number }}, '00[Q36][A-Za-z0-9]{12}') then {{ salesforce_number(number) }}
            else {{ number }}
        end
    {%- else -%}
        {{ number }}
    {%- endif -%}
{%- endmacro %}

{#- Expression: a record's number in its own system, without the vendor's name that `prefixed_id` gave it. -#}
{% macro own_number(id) -%}
    {%- set crms = [] -%}
    {%- for vendor, entities in vendor_entities().items() if 'leads' in entities and vendor != 'flat' -%}
        {%- do crms.append(vendor) -%}
    {%- endfor -%}
    regexp_replace({{ id }}, '^({{ crms | join('|') }}):', '')
{%- endmacro %}

{#- Select list: where a row comes from and when it landed; with `joined`, the newest landing of all that made it. -#}
{% macro trace(system, alias=none, joined=[]) -%}
    {%- set own = alias ~ '.' if alias else '' -%}
    '{{ system }}' as system,
    {{ own }}_file as source_file,
    {{ own }}_line as source_line,
    {%- if joined %}
    greatest({{ own }}_landed_at{% for other in joined %}, {{ other }}._landed_at{% endfor %}) as _landed_at,
    greatest({{ own }}landed_on{% for other in joined %}, {{ other }}.landed_on{% endfor %}) as landed_on
    {%- else %}
    {{ own }}_landed_at,
    {{ own }}landed_on
    {%- endif %}
{%- endmacro %}

{#- Expression: when a loader's record last changed: at the source, or as a version in history mode. -#}
{% macro changed_at(alias=none, own=['last_modified_date', 'system_modstamp', 'created_date']) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    coalesce(
        greatest({% for column in own %}{{ prefix }}{{ column }}, {% endfor %}{{ prefix }}_fivetran_start),
        {{ prefix }}_fivetran_synced,
        {{ prefix }}_landed_at
    )
{%- endmacro %}

{#- Condition: the loader or the vendor says that the record is gone. -#}
{% macro is_gone(alias=none, deleted='is_deleted', has_history=true) -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    (
        {%- if deleted %}
        coalesce({{ prefix }}{{ deleted }}, false)
        or
        {%- endif %} coalesce({{ prefix }}_fivetran_deleted, false)
        {%- if has_history %}
        or not coalesce({{ prefix }}_fivetran_active, true)
        {%- endif %}
    )
{%- endmacro %}

{#- Expression: the domain of a web address, without www. -#}
{% macro web_domain(address) -%}
    nullif(regexp_replace(lower(trim({{ address }})), '^([a-z]+://)?(www[.])?([^/:?#]*).*$', '\3'), '')
{%- endmacro %}

{#-
  Query: from states of a record, the changes of one value. One row per `record_id` and `updated_at`: from_value, to_value,
  reason, is_change, trace. A row also changes when the state before it lands, so it landed when the later of the two did.
  states: relation with record_id, value, reason, updated_at, source_file, source_line, _landed_at, landed_on.
-#}
{% macro state_changes(states) -%}
    select
        record_id,
        updated_at,
        lag(value) over in_time as from_value,
        value as to_value,
        reason,
        value is not null and coalesce(value <> lag(value) over in_time, true) as is_change,
        source_file,
        source_line,
        greatest(_landed_at, lag(_landed_at) over in_time) as _landed_at,
        greatest(landed_on, lag(landed_on) over in_time) as landed_on
    from (
        select * from {{ states }}
        qualify row_number() over (
            partition by record_id, updated_at order by _landed_at desc, source_file desc, source_line desc
        ) = 1
    ) as standing
    window in_time as (partition by record_id order by updated_at)
{%- endmacro %}

{#- Expression: a timestamp as part of an id. -#}
{% macro instant_key(instant) -%}
    cast(epoch_us({{ instant }}) as varchar)
{%- endmacro %}

{#-
  Query: per status change (event_id, lead_id, event_at, to_value) the reason that the record held when it first showed
  that status; for a history that does not track the reason. states: lead_id, status, reason, updated_at, trace.
-#}
{% macro reasons_shown(changes, states) -%}
    {%- set first_shown = '(states.updated_at, states._landed_at, states.source_file, states.source_line)' -%}
    select
        changes.event_id,
        {{ value_at('min', 'states.reason', first_shown) }} as reason,
        {{ value_at('min', 'states._landed_at', first_shown) }} as _landed_at,
        {{ value_at('min', 'states.landed_on', first_shown) }} as landed_on
    from {{ changes }} as changes
    inner join {{ states }} as states
        on
            changes.lead_id = states.lead_id
            and changes.to_value = states.status
            and changes.event_at <= states.updated_at
    where states.reason is not null
    group by changes.event_id
{%- endmacro %}
