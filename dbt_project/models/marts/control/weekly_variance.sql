select * from {{ source('andon', 'weekly_variance') }}
where as_of <= {{ as_of() }}
