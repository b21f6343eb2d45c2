{#-
  What vendors deliver, brought to one row per entity. Which vendors there are, and an entity's columns: vendors.sql.
-#}

{#- Relation: the rows of an entity from every vendor that is on. -#}
{% macro delivered(entity) -%}
    {%- set vendors = [] -%}
    {%- for vendor in vendors_on() if entity in vendor_entities()[vendor] -%}
        {%- do vendors.append(vendor) -%}
    {%- endfor -%}
    {%- if not vendors -%}
        ({{ no_rows_of(entity) }})
    {%- elif vendors | length == 1 -%}
        {{ ref('stg_' ~ vendors[0] ~ '__' ~ entity) }}
    {%- else -%}
        (
            {%- for vendor in vendors %}
            select * from {{ ref('stg_' ~ vendor ~ '__' ~ entity) }}
            {%- if not loop.last %} union all {% endif -%}
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{#-
  Query: the newest delivered state per key, for the keys that changed since the model last did.
  key: comma list; newest: what makes a state newer, before landing time, file and line decide.
  renames: delivered name -> name here. derived: columns the model adds, which are computed again.
  again: condition on `previous`, a row of the model itself, under which it is computed again though nothing landed.
-#}
{% macro latest_delivered(entity, key, newest=[], renames={}, derived=[], again='false') -%}
    {%- set order = (newest + ['landed_at', 'source_file', 'source_line']) | join(' desc nulls last, ') ~ ' desc' -%}
    with landed as (
        select {{ columns_but('fresh', ['landed_on'], dict(renames, _landed_at='landed_at')) }}
        from {{ delivered(entity) }} as fresh
        where {{ is_new_landed('fresh') }}
    ),

    candidates as (
        {%- if is_incremental() %}
        {%- set kept = adapter.get_columns_in_relation(this)
            | map(attribute='name') | reject('in', derived + ['_modelled_at', '_left_lead_id']) | join(', ') %}
        select {{ kept }} from landed
        union all
        select {{ kept }} from {{ this }} as previous
        where ({{ key }}) in (select ({{ key }}) from landed) or {{ again }}
        {%- else %}
        select * from landed
        {%- endif %}
    )

    select * from candidates
    qualify row_number() over (partition by {{ key }} order by {{ order }}) = 1
{%- endmacro %}

{#- Select list: all columns of `alias` but these, some renamed. -#}
{% macro columns_but(alias, excluded, renames) -%}
    {{ return(adapter.dispatch('columns_but', 'andon')(alias, excluded, renames)) }}
{%- endmacro %}

{% macro duckdb__columns_but(alias, excluded, renames) -%}
    {{ alias }}.* exclude ({{ excluded | join(', ') }})
    rename ({% for name, alias in renames.items() %}{{ name }} as {{ alias }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{#- Condition on `previous`: the identity of its source lead changed, so the row belongs to another lead now. -#}
{% macro identity_changed() -%}
    previous.source_lead_id in (
        select moved.source_lead_id from {{ ref('int_lead_identity') }} as moved where {{ is_new('moved') }}
    )
{%- endmacro %}

{#- Query: the lead that became a contact at its conversion; the first one, when several did. -#}
{% macro leads_by_contact() -%}
    select
        records.contact_id,
        min_by(identities.lead_id, (records.created_at, records.lead_id)) as lead_id,
        {{ value_at('min', 'identities.copied_until', '(records.created_at, records.lead_id)') }} as copied_until,
        {{ value_at('min', 'identities.copied_from', '(records.created_at, records.lead_id)') }} as copied_from
    from {{ ref('int_lead_records') }} as records
    inner join {{ ref('int_lead_identity') }} as identities on records.lead_id = identities.source_lead_id
    where records.contact_id is not null
    group by records.contact_id
{%- endmacro %}

{#-
  Query: the lead that a login is, by the lead's own number in its CRM: login, lead_id. What is a lead's number in two
  CRMs is nobody's.
-#}
{% macro leads_by_login() -%}
    select
        {{ own_number('source_lead_id') }} as login,
        min(lead_id) as lead_id
    from {{ ref('int_lead_identity') }}
    group by {{ own_number('source_lead_id') }}
    having count(distinct lead_id) = 1
{%- endmacro %}

{#-
  Expression: the lead of a tracker's row joined to its login. A plain number may as well be a customer's, so it is a
  lead's only in trackers of which the plan says so (identity_rules).
-#}
{% macro lead_of_login(rows, logins) -%}
    case
        when
            not regexp_full_match({{ logins }}.login, '[0-9]+')
            or {{ rows }}.system in (
                select rules.value from {{ ref('int_plan_identity_rules') }} as rules where rules.rule = 'login_is_lead'
            )
            then {{ logins }}.lead_id
    end
{%- endmacro %}

{#-
  Query: logins that are plain numbers, and a lead's in its CRM, in trackers of which the plan does not say that they are
  (identity_rules): tracker, logins, agreeing, disagreeing. A login agrees when the address stated with it is its lead's.
-#}
{% macro unjoined_logins() -%}
    with numbers as (
        select
            {{ own_number('identities.source_lead_id') }} as login,
            min({{ lookup('records.email') }}) as address
        from {{ ref('int_lead_identity') }} as identities
        inner join {{ ref('int_lead_records') }} as records on identities.source_lead_id = records.lead_id
        group by {{ own_number('identities.source_lead_id') }}
        having count(distinct identities.lead_id) = 1
    ),

    logins as (
        select
            system as tracker,
            user_id as login,
            max(address) as address
        from ({{ sightings() }}) as seen
        where regexp_full_match(user_id, '[0-9]+')
        group by system, user_id
    )

    select
        logins.tracker,
        count(*) as logins,
        count(*) filter (where logins.address = numbers.address) as agreeing,
        count(*) filter (where logins.address <> numbers.address) as disagreeing
    from logins
    inner join numbers on logins.login = numbers.login
    where logins.tracker not in (
        select rules.value from {{ ref('int_plan_identity_rules') }} as rules where rules.rule = 'login_is_lead'
    )
    group by logins.tracker
{%- endmacro %}

{#- Condition on `previous`: which lead its login is may have changed. -#}
{% macro login_changed() -%}
    previous.user_id in (
        select {{ own_number('moved.source_lead_id') }} from {{ ref('int_lead_identity') }} as moved
        where {{ is_new('moved') }}
    )
    or (previous.user_id is not null and {{ any_new(ref('int_plan_identity_rules')) }})
{%- endmacro %}

{#- Condition on `previous`: which lead became its contact may have changed. -#}
{% macro contact_changed() -%}
    previous.contact_id in (
        select records.contact_id from {{ ref('int_lead_records') }} as records
        inner join {{ ref('int_lead_identity') }} as moved on records.lead_id = moved.source_lead_id
        where records.contact_id is not null and ({{ is_new('records') }} or {{ is_new('moved') }})
    )
    -- The lead that it stands with may be its contact's no longer.
    or (
        previous.contact_id is not null
        and previous.lead_id in (
            {{ leads_changed_in('int_lead_identity') }}
            union
            select standing.lead_id from {{ ref('int_lead_records') }} as records
            inner join {{ ref('int_lead_identity') }} as standing on records.lead_id = standing.source_lead_id
            where {{ is_new('records') }}
        )
    )
{%- endmacro %}

{#- The lead that a row belonged to before, when it now belongs to another: that one must be computed again too. -#}
{% macro left_lead_id(key, lead_id) -%}
    {%- if is_incremental() -%}
        (
            select previous.lead_id from {{ this }} as previous
            where previous.{{ key.split('.')[1] }} = {{ key }} and previous.lead_id is distinct from {{ lead_id }}
        )
    {%- else -%}
        cast(null as varchar)
    {%- endif -%}
{%- endmacro %}

{#- Query: the leads behind changed rows of a model, those they have left included. -#}
{% macro leads_changed_in(model) -%}
    select changed.lead_id from {{ ref(model) }} as changed where {{ is_new('changed') }}
    union
    select changed._left_lead_id from {{ ref(model) }} as changed
    where changed._left_lead_id is not null and {{ is_new('changed') }}
{%- endmacro %}

{#-
  Query part: the leads with which this model still has rows of `model` (key `held` here) that changed. A row may have
  moved twice since the model last ran, and its mark only names the lead it left last.
-#}
{% macro or_leads_holding(model, key, held) -%}
    {%- if is_incremental() -%}
        union
        select before.lead_id from {{ this }} as before
        where before.{{ held }} in (select moved.{{ key }} from {{ ref(model) }} as moved where {{ is_new('moved') }})
    {%- endif -%}
{%- endmacro %}

{#- How a delivered name is compared with a map: case and surrounding blanks do not count. -#}
{% macro lookup(value) -%}
    lower(trim({{ value }}))
{%- endmacro %}

{#- The segment that a delivered name means, NULL when the plan has none of that name. -#}
{% macro segment_named(value) -%}
    (
        select named.segment from {{ ref('int_plan_segments') }} as named
        where named.segment = replace(replace({{ lookup(value) }}, ' ', '_'), '-', '_')
    )
{%- endmacro %}

{#- The segment of a company by its employees, NULL when unknown or outside every segment. -#}
{% macro segment_sized(employees) -%}
    (
        select max_by(sized.segment, coalesce(sized.min_employees, 0)) from {{ ref('int_plan_segments') }} as sized
        where
            {{ employees }} >= coalesce(sized.min_employees, 0)
            and {{ employees }} <= coalesce(sized.max_employees, {{ employees }})
    )
{%- endmacro %}

{#- Aggregate: the distinct values where a condition holds, sorted, as `a,b`; NULL when there are none. -#}
{% macro comma_list(value, condition='true') -%}
    {{ return(adapter.dispatch('comma_list', 'andon')(value, condition)) }}
{%- endmacro %}

{% macro duckdb__comma_list(value, condition) -%}
    string_agg(distinct {{ value }}, ',' order by {{ value }}) filter (where {{ condition }})
{%- endmacro %}

{% macro spark__comma_list(value, condition) -%}
    nullif(array_join(array_sort(collect_set({{ value }}) filter (where {{ condition }})), ','), '')
{%- endmacro %}
