-- A contact is the lead. Merges come from the merge audit and from the list that the kept contact carries; a merged
-- contact that never came itself is a record of its own, so that what names it finds the kept one.
with listed as (
    select
        id as kept_id,
        unnest(string_split(
            concat_ws(
                ';',
                property_hs_merged_object_ids,
                regexp_replace(property_hs_calculated_merged_vids, ':[0-9]+', '', 'g')
            ),
            ';'
        )) as merged_id,
        property_lastmodifieddate as merged_at,
        _file,
        _line,
        _landed_at,
        landed_on
    from {{ landed('hubspot', 'contact') }}
    where property_hs_merged_object_ids is not null or property_hs_calculated_merged_vids is not null
),

all_merges as (
    select
        kept_id,
        trim(merged_id) as merged_id,
        merged_at,
        _file,
        _line,
        _landed_at,
        landed_on
    from listed
    where trim(merged_id) not in ('', kept_id)
    union all
    select
        coalesce(canonical_vid, contact_id) as kept_id,
        vid_to_merge as merged_id,
        timestamp as merged_at,
        _file,
        _line,
        _landed_at,
        landed_on
    from {{ landed('hubspot', 'contact_merge_audit') }}
    where coalesce(canonical_vid, contact_id) <> vid_to_merge
),

merged_pairs as (
    select *
    from all_merges
    qualify row_number() over (
        partition by merged_id order by merged_at desc nulls last, _landed_at desc, _file desc, _line desc
    ) = 1
),

states as (
    select
        {{ prefixed_id('hubspot', 'contacts.id') }} as lead_id,
        contacts.property_createdate as created_at,
        coalesce(contacts.property_lastmodifieddate, contacts._fivetran_synced, contacts._landed_at) as updated_at,
        contacts.property_email as email,
        contacts.property_firstname as first_name,
        contacts.property_lastname as last_name,
        contacts.property_jobtitle as title,
        contacts.property_phone as phone,
        contacts.property_company as company,
        {{ prefixed_id('hubspot', 'contacts.property_associatedcompanyid') }} as account_id,
        contacts.property_country as country,
        contacts.property_industry as industry,
        -- A range counts as its lower end.
        try_cast(regexp_extract(replace(contacts.property_numemployees, ',', ''), '[0-9]+') as bigint) as employees,
        contacts.property_hs_analytics_source as lead_source,
        contacts.property_hs_analytics_first_touch_converting_campaign as campaign_id,
        contacts.property_hubspotscore as score,
        coalesce(contacts.property_hs_lead_status, contacts.property_lifecyclestage) as status,
        {{ prefixed_id('hubspot', 'contacts.property_hubspot_owner_id') }} as owner_id,
        case when contacts.property_hs_email_optout then false end as consent,
        coalesce(contacts._fivetran_deleted, false) as is_deleted,
        {{ prefixed_id('hubspot', 'merged_pairs.kept_id') }} as merged_into_lead_id,
        contacts.property_utm_source as utm_source,
        contacts.property_utm_medium as utm_medium,
        contacts.property_utm_campaign as utm_campaign,
        {{ custom_fields('hubspot.contact') }} as custom_fields,
        {{ trace('hubspot', 'contacts', joined=['merged_pairs']) }}
    from {{ landed('hubspot', 'contact') }} as contacts
    left join merged_pairs on contacts.id = merged_pairs.merged_id
),

merged_unseen as (
    select
        {{ prefixed_id('hubspot', 'merged_pairs.merged_id') }} as lead_id,
        coalesce(merged_pairs.merged_at, merged_pairs._landed_at) as created_at,
        -- Older than any state of its own that may still come.
        timestamp '1970-01-01 00:00:00' as updated_at,
        true as is_deleted,
        {{ prefixed_id('hubspot', 'merged_pairs.kept_id') }} as merged_into_lead_id,
        {{ trace('hubspot', 'merged_pairs') }}
    from merged_pairs
    where merged_pairs.merged_id not in (select contacts.id from {{ landed('hubspot', 'contact') }} as contacts)
),

all_states as (
    select * from states
    union all by name
    select * from merged_unseen
)

{{ as_entity('leads', 'all_states', lacks=['contact_id', 'segment', 'opportunity_id'], table='hubspot.contact') }}
