-- What sales decided on first presentations in a week, beside the inspector's verdict on the same lead. A lead that
-- was returned, recycled or disqualified was rejected, whatever the CRM calls it.
with decided as (
    select
        *,
        case when outcome = 'accepted' then 'accepted' else 'rejected' end as sales_verdict
    from {{ ref('fct_handoffs') }}
    where to_team_attempt_no = 1 and outcome <> 'open' and decided_week is not null
)

select
    cast(decided_week as date) as week_start,
    cast(coalesce(source, 'unmapped') as varchar) as source,
    cast(to_team as varchar) as team,
    cast(coalesce(to_owner_id, 'nobody') as varchar) as rep,
    cast(coalesce(verdict, 'unevaluable') as varchar) as inspector_verdict,
    cast(sales_verdict as varchar) as sales_verdict,
    cast(
        case when sales_verdict = 'rejected' then coalesce(reason_code, 'none_given') else 'none' end as varchar
    ) as reason_code,
    cast(
        case when sales_verdict = 'rejected' then coalesce(reason_category, 'none_given') else 'none' end as varchar
    ) as reason_category,
    cast(count(*) as bigint) as leads,
    cast(count(case when is_on_time then 1 end) as bigint) as on_time,
    cast(count(is_on_time) as bigint) as timed
from decided
group by all
