{{ config(materialized='ephemeral') }}

-- The tracker's form fills against the CRM's leads. Of several fills for one lead the first is its counterpart.
with fills as (
    select
        record_id,
        occurred_at,
        week_start,
        person,
        source,
        campaign_id,
        system,
        source_file,
        source_line,
        case when fill_lead_id is not null and place = 1 then fill_lead_id end as pair_key,
        case
            when is_bot then 'bot'
            when is_internal then 'internal'
            when fill_lead_id is not null then 'duplicate'
            when deleted_lead_id is not null then 'deleted'
        end as reason,
        case
            when fill_lead_id is not null then 'lead ' || fill_lead_id || ' again'
            when deleted_lead_id is not null then {{ said_deleted('deleted_lead_id') }}
            else 'no lead in the CRM' || coalesce(': ' || replace(residue, '_', ' '), '')
        end as detail
    from {{ ref('int_fill_leads') }}
),

leads as (
    select
        * exclude (detail),
        created_at as occurred_at,
        record_id as pair_key,
        case when reason = 'duplicate' then detail else 'no form fill' end as detail
    from {{ ref('int_countable_leads') }}
)

{{ both_sides('form_fills_to_leads', 'fills', 'leads') }}
