{{ config(materialized='incremental', unique_key='visitor_id', meta={'lives_in': 'int_touches'}) }}

-- Who a browser was last known as: by its latest touch, or statement of the tracker, that names a lead, a contact, a
-- usable e-mail address or a login. A browser that several people used is the last one's, and never makes them one.
with sightings as (
    {{ sightings() }}
),

changed_sightings as (
    select
        sightings.sighting_id,
        sightings.visitor_id
    from sightings
    left join {{ ref('int_email_addresses') }} as addresses on sightings.address = addresses.address
    where {{ is_new('sightings') }} or {{ is_new('addresses') }}
),

candidates as (
    select changed_sightings.visitor_id from changed_sightings
    {%- if is_incremental() %}
    union
    select before.visitor_id from {{ this }} as before
    where
        before.identified_by in (select changed_sightings.sighting_id from changed_sightings)
        or before.latest_touch_id in (select changed_sightings.sighting_id from changed_sightings)
    {%- endif %}
),

named as (
    select
        sightings.*,
        {{ sighting_keys('sightings', 'addresses') }}
    from sightings
    left join {{ ref('int_email_addresses') }} as addresses on sightings.address = addresses.address
    where sightings.visitor_id in (select candidates.visitor_id from candidates)
),

identified as (
    select * from named
    where coalesce(lead_key, conversion_key, email_key, user_key) is not null
    qualify row_number() over (partition by visitor_id order by occurred_at desc, sighting_id desc) = 1
),

latest as (
    select
        visitor_id,
        touch_id as sighting_id,
        system,
        occurred_at,
        source_file,
        source_line
    from {{ ref('int_touches') }}
    where visitor_id in (select candidates.visitor_id from candidates)
    qualify row_number() over (partition by visitor_id order by occurred_at desc, touch_id desc) = 1
)

select
    latest.visitor_id,
    latest.system,
    latest.sighting_id as latest_touch_id,
    identified.sighting_id as identified_by,
    coalesce(identified.occurred_at, latest.occurred_at) as occurred_at,
    identified.lead_key,
    identified.conversion_key,
    identified.email_key,
    identified.user_key,
    coalesce(identified.source_file, latest.source_file) as source_file,
    coalesce(identified.source_line, latest.source_line) as source_line,
    {{ as_of() }} as _modelled_at
from latest
left join identified on latest.visitor_id = identified.visitor_id
