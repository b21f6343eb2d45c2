{#-
  One person across systems: rows that share a key are the same person's. A row's keys are its own id and what it points
  at (the record it was merged into, the contact it became, the lead a tracker names) and its e-mail address as compared.
-#}

{#- Dict: the columns of `int_person_rows` that are keys, and the rule each stands for; the order is that of evidence. -#}
{% macro person_keys() -%}
    {{ return({
        'row_key': 'own record', 'merge_key': 'merged in the CRM', 'conversion_key': 'became the contact',
        'email_key': 'same e-mail', 'user_key': 'same login', 'lead_key': 'lead named by the tracker', 'visitor_key': 'same browser',
    }) }}
{%- endmacro %}

{#- Query: a row per row and key of `int_person_rows`: row_key, key, rule_no (0 is the own id). -#}
{% macro person_key_rows(relation) -%}
    {%- for column in person_keys() %}
    select
        row_key,
        {{ column }} as key,
        {{ loop.index0 }} as rule_no
    from {{ relation }}
    where {{ column }} is not null{{ ' and ' ~ column ~ ' <> row_key' if column != 'row_key' }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Expression: the rule's name by its number. -#}
{% macro person_rule(rule_no) -%}
    case {{ rule_no }}
        {%- for rule in person_keys().values() %}
        when {{ loop.index0 }} then '{{ rule }}'
        {%- endfor %}
    end
{%- endmacro %}

{#-
  Query: every time a browser was seen, by a touch or by a statement of its tracker: visitor_id, sighting_id, system,
  occurred_at, lead_id, contact_id, user_id, address, trace. A login without an address has the one last stated with it.
-#}
{% macro sightings() -%}
    select
        seen.* exclude (email, _modelled_at),
        coalesce({{ lookup('seen.email') }}, logins.address) as address,
        greatest(seen._modelled_at, logins._modelled_at) as _modelled_at
    from (
        select
            visitor_id,
            touch_id as sighting_id,
            system,
            occurred_at,
            lead_id,
            contact_id,
            user_id,
            email,
            source_file,
            source_line,
            _modelled_at
        from {{ ref('int_touches') }}
        union all
        select
            visitor_id,
            'identify:' || identity_id as sighting_id,
            system,
            occurred_at,
            lead_id,
            cast(null as varchar) as contact_id,
            user_id,
            email,
            source_file,
            source_line,
            _modelled_at
        from {{ ref('int_visitor_identities') }}
    ) as seen
    left join (
        select
            system,
            user_id,
            {{ value_at('max', lookup('email'), '(occurred_at, identity_id)') }} as address,
            max(_modelled_at) as _modelled_at
        from {{ ref('int_visitor_identities') }}
        where user_id is not null and email is not null
        group by system, user_id
    ) as logins on seen.system = logins.system and seen.user_id = logins.user_id
{%- endmacro %}

{#- Select list: the keys by which a sighting says who it is; `addresses` is its row of int_email_addresses. -#}
{% macro sighting_keys(sightings, addresses) -%}
    'lead:' || {{ sightings }}.lead_id as lead_key,
    case when {{ sightings }}.lead_id is null then 'contact:' || {{ sightings }}.contact_id end as conversion_key,
    case
        when
            coalesce({{ sightings }}.lead_id, {{ sightings }}.contact_id) is null
            and {{ addresses }}.is_valid and not {{ addresses }}.is_role
            then 'email:' || {{ addresses }}.email
    end as email_key,
    'user:' || {{ sightings }}.user_id as user_key
{%- endmacro %}

{#-
  CTEs: the connected components of an undirected graph, `component(node, label)`: label is the smallest node reached.
  pairs(a, b): every edge in both directions, whole numbers. Rounds of "take the neighbours' smallest label, then that
  label's own label" settle all but long chains; what is still open is walked to its end. Needs `with recursive`.
-#}
{% macro components(pairs, rounds=3) -%}
    label_0 as (
        select
            a as node,
            least(a, min(b)) as label
        from {{ pairs }}
        group by a
    ),

    {%- for number in range(1, rounds + 1) %}

    reached_{{ number }} as (
        select
            node,
            min(label) as label
        from (
            select
                {{ pairs }}.a as node,
                neighbours.label
            from {{ pairs }}
            inner join label_{{ number - 1 }} as neighbours on {{ pairs }}.b = neighbours.node
            union all
            select
                node,
                label
            from label_{{ number - 1 }}
        ) as labels
        group by node
    ),

    label_{{ number }} as (
        select
            reached.node,
            least(reached.label, coalesce(shorter.label, reached.label)) as label
        from reached_{{ number }} as reached
        left join reached_{{ number }} as shorter on reached.label = shorter.node
    ),
    {%- endfor %}

    still_open as (
        select distinct
            lefts.label as a,
            rights.label as b
        from {{ pairs }}
        inner join label_{{ rounds }} as lefts on {{ pairs }}.a = lefts.node
        inner join label_{{ rounds }} as rights on {{ pairs }}.b = rights.node
        where lefts.label <> rights.label
    ),

    {{ smallest_reached('still_open') }},

    component as (
        select
            settled.node,
            coalesce(walked.label, settled.label) as label
        from label_{{ rounds }} as settled
        left join walked on settled.label = walked.node
    )
{%- endmacro %}

{#- CTE `walked(node, label)`: the smallest node that each node of a graph reaches. -#}
{% macro smallest_reached(pairs) -%}
    {{ return(adapter.dispatch('smallest_reached', 'andon')(pairs)) }}
{%- endmacro %}

{% macro duckdb__smallest_reached(pairs) -%}
    walked (node, label) using key (node) as (
        select
            a as node,
            min(a) as label
        from {{ pairs }}
        group by a
        union
        (
            select
                {{ pairs }}.b as node,
                min(walked.label) as label
            from walked
            inner join {{ pairs }} on walked.node = {{ pairs }}.a
            inner join recurring.walked as known on {{ pairs }}.b = known.node
            where walked.label < known.label
            group by {{ pairs }}.b
        )
    )
{%- endmacro %}
