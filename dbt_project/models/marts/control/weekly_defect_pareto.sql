select * from {{ source('andon', 'weekly_defect_pareto') }}
where as_of <= {{ as_of() }}
