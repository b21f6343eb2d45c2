-- How many records of a business day a system had delivered by which day after it.
with dated as (
    select
        system || '.' || entity as feed,
        day,
        greatest({{ business_date('landed_at') }} - day, 0) as age_days
    from {{ ref('int_first_landings') }}
    where day is not null
)

select
    feed,
    day,
    age_days,
    count(*) as records
from dated
group by feed, day, age_days
