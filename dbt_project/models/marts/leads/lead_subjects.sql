{{ config(materialized='incremental', unique_key='lead_id', meta={'lives_in': 'int_inspection_subjects'}) }}

-- What the criteria may look at, per lead handed off, so that changed criteria can be tried on it.
select
    lead_id,
    handed_off_at,
    segment,
    company_segment,
    source,
    campaign_id,
    email,
    email_domain,
    first_name,
    last_name,
    title,
    phone,
    company,
    country,
    industry,
    cast(employees as bigint) as employees,
    cast(score as double) as score,
    consent,
    account_id,
    is_customer,
    created_at,
    cast(days_since_same_email as bigint) as days_since_same_email,
    last_touch_at,
    has_clock_defect,
    subject_hash,
    source_file,
    source_line,
    {{ as_of() }} as _modelled_at
from {{ ref('int_inspection_subjects') }} as subjects
where {{ is_new('subjects') }}
