-- Who receives reports now; an e-mail audience without an address of its own is reached at its owner's.
select
    audiences.audience,
    audiences.owner,
    coalesce(owners.title, audiences.owner) as owner_title,
    audiences.channel,
    case
        when audiences.channel = 'email' then coalesce(audiences.address, owners.email)
        else audiences.address
    end as address,
    audiences.gets,
    audiences.daily as is_daily,
    audiences.weekly as is_weekly,
    audiences.review as is_review,
    audiences.personal_data = 'full' as is_full_data
from {{ ref('int_plan_audiences') }} as audiences
left join {{ ref('int_plan_owners') }} as owners on audiences.owner = owners.owner
