{{ config(materialized='incremental', unique_key='activity_id') }}

-- An activity with a contact is with the lead that became this contact. One that was deleted, cancelled or is still to
-- be done (is_void) stays, but belongs to no lead; so does one that was copied from a CRM that was left, and a meeting
-- that was to come when that CRM was left: whether it took place, only the new one can know.
with latest as (
    {{ latest_delivered(
        'activities', key='activity_id', newest=['updated_at'], renames={'lead_id': 'source_lead_id'},
        derived=['lead_id'], again=identity_changed() ~ ' or ' ~ contact_changed()
    ) }}
),

contact_leads as (
    {{ leads_by_contact() }}
),

resolved as (
    select
        latest.*,
        case
            when
                not coalesce(latest.is_void, false)
                and not {{ is_after_the_move('latest') }}
                and not {{ is_copied('identities', 'latest.occurred_at') }}
                and not {{ is_copied('contact_leads', 'latest.occurred_at') }}
                then coalesce(identities.lead_id, latest.source_lead_id, contact_leads.lead_id)
        end as lead_id
    from latest
    left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
    left join contact_leads on latest.contact_id = contact_leads.contact_id
)

select
    *,
    {{ left_lead_id('resolved.activity_id', 'resolved.lead_id') }} as _left_lead_id,
    {{ as_of() }} as _modelled_at
from resolved
