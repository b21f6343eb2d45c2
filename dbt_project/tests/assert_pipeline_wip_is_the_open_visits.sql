-- The weekly mart adds up entries and exits over the weeks; what it ends with must be what stands open today, counted
-- once more from the visits themselves. A dropped week or a visit in no week shows here.
with open_now as (
    select
        visits.stage,
        visits.segment,
        count(*) as visits
    from {{ ref('fct_stage_visits') }} as visits
    where
        not visits.is_closed
        and not visits.is_deleted
        and visits.entered_at <= {{ as_of() }}
        and (visits.exited_at is null or visits.exited_at > {{ as_of() }})
    group by visits.stage, visits.segment
),

last_close as (
    select
        weekly.stage,
        weekly.segment,
        weekly.wip_at_close as visits
    from {{ ref('fct_pipeline_weekly') }} as weekly
    where
        weekly.wip_at_close > 0
        and weekly.week_start = {{ week_start(business_date(as_of()) ~ ' - interval 1 day') }}
)

select
    coalesce(open_now.stage, last_close.stage) as stage,
    coalesce(open_now.segment, last_close.segment) as segment,
    open_now.visits as counted,
    last_close.visits as added_up
from open_now
full outer join last_close on open_now.stage = last_close.stage and open_now.segment = last_close.segment
where open_now.visits is distinct from last_close.visits
