select * from {{ source('andon', 'weekly_control_charts') }}
where as_of <= {{ as_of() }}
