select * from {{ source('andon', 'weekly_dispute') }}
where as_of <= {{ as_of() }}
