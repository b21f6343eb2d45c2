{{ config(materialized='incremental', unique_key='touch_id', meta={'lives_in': 'int_touches'}) }}

-- Touches with the lead that each is of: the one it names; else a lead of the person that its browser was identified as
-- next (where it never was again, last). Of a person's leads it is the one that the identification named, else the next
-- to be created, else the latest.
with sightings as (
    {{ sightings() }}
),

keyed as (
    select
        coalesce(sightings.visitor_id, sightings.sighting_id) as browser,
        sightings.sighting_id,
        sightings.occurred_at,
        sightings.lead_id,
        {{ sighting_keys('sightings', 'addresses') }}
    from sightings
    left join {{ ref('int_email_addresses') }} as addresses on sightings.address = addresses.address
),

named as (
    select
        *,
        coalesce(lead_key, conversion_key, email_key, user_key) as person_key
    from keyed
),

-- How many identifications of its browser lie at or after each sighting.
counted as (
    select
        *,
        count(person_key) over (
            partition by browser order by occurred_at desc, sighting_id desc
            rows between unbounded preceding and current row
        ) as identifications
    from named
),

identifications as (
    select * from counted where person_key is not null
),

identified as (
    select
        touches.touch_id,
        touches.occurred_at,
        identifications.sighting_id as identified_by,
        identifications.lead_id as named_lead_id,
        identifications.person_key
    from {{ ref('int_touches') }} as touches
    inner join counted on touches.touch_id = counted.sighting_id
    inner join identifications
        on
            counted.browser = identifications.browser
            and greatest(counted.identifications, 1) = identifications.identifications
    where touches.lead_id is null
),

keys as (
    {{ person_key_rows(ref('int_person_rows')) }}
),

people as (
    select
        keys.key as person_key,
        min(members.anchor) as anchor
    from keys
    inner join {{ ref('int_person_members') }} as members on keys.row_key = members.row_key
    where keys.key in (select identified.person_key from identified)
    group by keys.key
),

leads_of_people as (
    select distinct
        members.anchor,
        leads.lead_id,
        leads.created_at
    from {{ ref('int_person_members') }} as members
    inner join {{ ref('int_lead_identity') }} as identities
        on members.row_id = identities.source_lead_id and members.kind = 'lead'
    inner join {{ ref('int_leads') }} as leads on identities.lead_id = leads.lead_id
    where members.anchor in (select people.anchor from people)
),

led as (
    select
        identified.touch_id,
        identified.identified_by,
        leads_of_people.lead_id
    from identified
    inner join people on identified.person_key = people.person_key
    inner join leads_of_people on people.anchor = leads_of_people.anchor
    qualify row_number() over (
        partition by identified.touch_id order by
            case
                when leads_of_people.lead_id = identified.named_lead_id then 1
                when leads_of_people.created_at >= identified.occurred_at then 2
                else 3
            end,
            case when leads_of_people.created_at >= identified.occurred_at then leads_of_people.created_at end,
            leads_of_people.created_at desc,
            leads_of_people.lead_id
    ) = 1
),

resolved as (
    select
        touches.* exclude (lead_id, _modelled_at),
        coalesce(touches.lead_id, led.lead_id) as lead_id,
        led.identified_by,
        touches._modelled_at as _touch_modelled_at
    from {{ ref('int_touches') }} as touches
    left join led on touches.touch_id = led.touch_id
)

select
    resolved.* exclude (_touch_modelled_at),
    {{ left_lead_id('resolved.touch_id', 'resolved.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from resolved
{% if is_incremental() -%}
left join {{ this }} as before on resolved.touch_id = before.touch_id
where
    {{ is_new('resolved', '_touch_modelled_at') }}
    or resolved.lead_id is distinct from before.lead_id
    or resolved.identified_by is distinct from before.identified_by
{%- endif %}
