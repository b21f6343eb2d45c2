{{ config(materialized='incremental', unique_key='lead_id', meta={'holds_all': true}) }}

{% set judged = [
    'handed_off_at', 'segment', 'company_segment', 'source', 'campaign_id', 'email', 'email_domain', 'first_name',
    'last_name', 'title', 'phone', 'company', 'country', 'industry', 'employees', 'score', 'consent', 'account_id',
    'is_customer', 'created_at', 'days_since_same_email', 'last_touch_at', 'has_clock_defect',
] %}

-- What the inspection judges: a row per lead that was ever handed off. `subject_hash` tells whether any of it changed.
with subjects as (
    select
        leads.lead_id,
        lifecycle.handed_off_at,
        leads.segment,
        leads.company_segment,
        leads.source,
        leads.campaign_id,
        leads.email,
        nullif(split_part(leads.email_normalised, '@', 2), '') as email_domain,
        leads.first_name,
        leads.last_name,
        leads.title,
        leads.phone,
        leads.company,
        leads.country,
        leads.industry,
        leads.employees,
        leads.score,
        leads.consent,
        leads.account_id,
        leads.is_customer,
        leads.created_at,
        leads.days_since_same_email,
        lifecycle.last_touch_before_handoff_at as last_touch_at,
        lifecycle.clock_defects is not null as has_clock_defect,
        leads.source_file,
        leads.source_line
    from {{ ref('int_leads') }} as leads
    inner join {{ ref('int_lead_lifecycle') }} as lifecycle on leads.lead_id = lifecycle.lead_id
    where lifecycle.handed_off_at is not null
)

select
    *,
    md5(concat_ws(
        '|',
        {%- for column in judged %}
        coalesce(cast({{ column }} as varchar), '~'){{ ',' if not loop.last }}
        {%- endfor %}
    )) as subject_hash,
    {{ as_of() }} as _modelled_at
from subjects
