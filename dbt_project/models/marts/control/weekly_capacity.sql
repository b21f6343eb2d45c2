select * from {{ source('andon', 'weekly_capacity') }}
where as_of <= {{ as_of() }}
