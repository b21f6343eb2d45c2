select * from {{ source('andon', 'weekly_variance_drivers') }}
where as_of <= {{ as_of() }}
