{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_inspection_subjects'}) }}

-- What the criteria may look at, per lead handed off, so that changed criteria can be tried on it.
select
    subjects.lead_id,
    subjects.handed_off_at,
    subjects.segment,
    subjects.company_segment,
    subjects.source,
    subjects.campaign_id,
    subjects.email,
    subjects.email_domain,
    subjects.first_name,
    subjects.last_name,
    subjects.title,
    subjects.phone,
    subjects.company,
    subjects.country,
    subjects.industry,
    cast(subjects.employees as bigint) as employees,
    cast(subjects.score as double) as score,
    subjects.consent,
    subjects.account_id,
    subjects.is_customer,
    subjects.created_at,
    cast(subjects.days_since_same_email as bigint) as days_since_same_email,
    subjects.last_touch_at,
    subjects.has_clock_defect,
    subjects.subject_hash,
    subjects.source_file,
    subjects.source_line,
    {{ as_of() }} as _modelled_at
from {{ ref('int_inspection_subjects') }} as subjects
where {{ is_new('subjects') }}
