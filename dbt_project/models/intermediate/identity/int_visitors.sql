{{ config(materialized='incremental', unique_key='visitor_id', meta={'lives_in': 'int_touches'}) }}

-- Who a browser was last known as: by its latest touch that names a lead, a contact or a usable e-mail address. A
-- browser that several people used is the last one's, and never makes them one person.
with changed_touches as (
    select
        touches.touch_id,
        touches.visitor_id
    from {{ ref('int_touches') }} as touches
    left join {{ ref('int_email_addresses') }} as addresses on {{ lookup('touches.email') }} = addresses.address
    where {{ is_new('touches') }} or {{ is_new('addresses') }}
),

candidates as (
    select changed_touches.visitor_id from changed_touches
    {%- if is_incremental() %}
    union
    select before.visitor_id from {{ this }} as before
    where
        before.identified_touch_id in (select changed_touches.touch_id from changed_touches)
        or before.latest_touch_id in (select changed_touches.touch_id from changed_touches)
    {%- endif %}
),

touches as (
    select
        touches.visitor_id,
        touches.touch_id,
        touches.system,
        touches.occurred_at,
        touches.source_file,
        touches.source_line,
        'lead:' || touches.lead_id as lead_key,
        'contact:' || touches.contact_id as conversion_key,
        case when addresses.is_valid and not addresses.is_role then 'email:' || addresses.email end as email_key
    from {{ ref('int_touches') }} as touches
    left join {{ ref('int_email_addresses') }} as addresses on {{ lookup('touches.email') }} = addresses.address
    where touches.visitor_id in (select candidates.visitor_id from candidates)
),

identified as (
    select * from touches
    where coalesce(lead_key, conversion_key, email_key) is not null
    qualify row_number() over (partition by visitor_id order by occurred_at desc, touch_id desc) = 1
),

latest as (
    select * from touches
    qualify row_number() over (partition by visitor_id order by occurred_at desc, touch_id desc) = 1
)

select
    latest.visitor_id,
    latest.system,
    latest.touch_id as latest_touch_id,
    identified.touch_id as identified_touch_id,
    coalesce(identified.occurred_at, latest.occurred_at) as occurred_at,
    identified.lead_key,
    case when identified.lead_key is null then identified.conversion_key end as conversion_key,
    case
        when coalesce(identified.lead_key, identified.conversion_key) is null then identified.email_key
    end as email_key,
    coalesce(identified.source_file, latest.source_file) as source_file,
    coalesce(identified.source_line, latest.source_line) as source_line,
    {{ as_of() }} as _modelled_at
from latest
left join identified on latest.visitor_id = identified.visitor_id
