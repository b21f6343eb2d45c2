select * from {{ source('andon', 'weekly_judges') }}
where as_of <= {{ as_of() }}
