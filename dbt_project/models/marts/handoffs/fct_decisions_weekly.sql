-- Decisions on first presentations, counted in the business week in which they fell.
select
    cast(decided_week as date) as week_start,
    cast(source as varchar) as source,
    cast(segment as varchar) as segment,
    cast(from_team as varchar) as from_team,
    cast(to_team as varchar) as team,
    cast(count(*) as bigint) as decided,
    cast(count(case when outcome = 'accepted' then 1 end) as bigint) as accepted
from {{ ref('fct_handoffs') }}
where to_team_attempt_no = 1 and outcome <> 'open' and decided_week is not null
group by decided_week, source, segment, from_team, to_team
