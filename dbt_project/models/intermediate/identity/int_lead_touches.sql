{{ config(materialized='incremental', unique_key='touch_id', meta={'lives_in': 'int_touches'}) }}

-- Touches with the lead that each is of: the one it names; else a lead of the person that its browser was identified as
-- next (where it never was again, last). Of a person's leads it is the first to be created between the touch and the
-- identification, else the one that the identification named, else the next to be created, else the latest. Clocks of
-- trackers and CRMs differ: who was created within the hour before a touch comes next. Only browsers of which something
-- changed, and persons of whom something did, are computed again.
with sightings as (
    {{ sightings() }}
),

addressed as (
    select
        sightings.*,
        coalesce(sightings.visitor_id, sightings.sighting_id) as browser,
        addresses.email,
        addresses.is_valid,
        addresses.is_role,
        {{ is_new('sightings') }} or coalesce({{ is_new('addresses') }}, false) as is_changed
    from sightings
    left join {{ ref('int_email_addresses') }} as addresses on sightings.address = addresses.address
),

{% if is_incremental() -%}
changed_people as (
    select members.anchor from {{ ref('int_person_members') }} as members where {{ is_new('members') }}
    union
    select members.anchor
    from {{ ref('int_person_members') }} as members
    inner join {{ ref('int_lead_identity') }} as identities on members.row_key = 'lead:' || identities.source_lead_id
    inner join {{ ref('int_leads') }} as leads on identities.lead_id = leads.lead_id
    where {{ is_new('identities') }} or {{ is_new('leads') }}
),

changed_rows as (
    select * from {{ ref('int_person_rows') }}
    where
        row_key in (
            select members.row_key from {{ ref('int_person_members') }} as members
            where members.anchor in (select changed_people.anchor from changed_people)
        )
),

changed_keys as (
    {{ person_key_rows('changed_rows') }}
),

changed_browsers as (
    select addressed.browser from addressed where addressed.is_changed
    union
    select coalesce(before.visitor_id, before.touch_id) as browser
    from {{ this }} as before
    where
        before.identified_by in (select addressed.sighting_id from addressed where addressed.is_changed)
        or before.touch_id in (select addressed.sighting_id from addressed where addressed.is_changed)
        or before.person_key in (select changed_keys.key from changed_keys)
        or 'lead:' || before.lead_id in (select changed_rows.row_key from changed_rows)
),
{%- else -%}
changed_browsers as (
    select distinct browser from addressed
),
{%- endif %}

named as (
    select
        addressed.*,
        {{ sighting_keys('addressed', 'addressed') }},
        coalesce(lead_key, conversion_key, email_key, user_key) as person_key
    from addressed
    where addressed.browser in (select changed_browsers.browser from changed_browsers)
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

touches as (
    select
        touches.* exclude (_modelled_at),
        touches.occurred_at - interval 1 hour as next_from
    from {{ ref('int_touches') }} as touches
    where coalesce(touches.visitor_id, touches.touch_id) in (select changed_browsers.browser from changed_browsers)
),

identified as (
    select
        touches.touch_id,
        touches.next_from,
        identifications.occurred_at as identified_at,
        identifications.sighting_id as identified_by,
        identifications.lead_id as named_lead_id,
        identifications.person_key
    from touches
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
        leads_of_people.lead_id
    from identified
    inner join people on identified.person_key = people.person_key
    inner join leads_of_people on people.anchor = leads_of_people.anchor
    qualify row_number() over (
        partition by identified.touch_id order by
            case
                when leads_of_people.created_at between identified.next_from and identified.identified_at then 1
                when leads_of_people.lead_id = identified.named_lead_id then 2
                when leads_of_people.created_at >= identified.next_from then 3
                else 4
            end,
            case when leads_of_people.created_at >= identified.next_from then leads_of_people.created_at end,
            leads_of_people.created_at desc,
            leads_of_people.lead_id
    ) = 1
),

resolved as (
    select
        touches.* exclude (lead_id, next_from),
        coalesce(touches.lead_id, led.lead_id) as lead_id,
        case when led.lead_id is not null then identified.identified_by end as identified_by,
        identified.person_key
    from touches
    left join identified on touches.touch_id = identified.touch_id
    left join led on touches.touch_id = led.touch_id
)

select
    *,
    {{ left_lead_id('resolved.touch_id', 'resolved.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from resolved
