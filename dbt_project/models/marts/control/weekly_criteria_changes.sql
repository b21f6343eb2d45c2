select * from {{ source('andon', 'weekly_criteria_changes') }}
where as_of <= {{ as_of() }}
