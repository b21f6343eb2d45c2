select * from {{ source('andon', 'weekly_signals') }}
where as_of <= {{ as_of() }}
