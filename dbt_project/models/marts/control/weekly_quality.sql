select * from {{ source('andon', 'weekly_quality') }}
where as_of <= {{ as_of() }}
