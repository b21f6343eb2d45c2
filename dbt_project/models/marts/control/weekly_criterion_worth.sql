select * from {{ source('andon', 'weekly_criterion_worth') }}
where as_of <= {{ as_of() }}
