{{ config(materialized='incremental', unique_key='identity_id') }}

with latest as (
    {{ latest_delivered(
        'visitor_identities', key='identity_id', newest=['occurred_at'], renames={'lead_id': 'source_lead_id'},
        derived=['lead_id'], again=identity_changed() ~ ' or ' ~ login_changed()
    ) }}
),

logins as (
    {{ leads_by_login() }}
)

select
    latest.*,
    coalesce(identities.lead_id, latest.source_lead_id, {{ lead_of_login('latest', 'logins') }}) as lead_id,
    {{ as_of() }} as _modelled_at
from latest
left join {{ ref('int_lead_identity') }} as identities on latest.source_lead_id = identities.source_lead_id
left join logins on latest.user_id = logins.login
