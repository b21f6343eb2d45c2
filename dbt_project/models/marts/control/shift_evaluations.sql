select * from {{ source('andon', 'shift_evaluations') }}
where as_of <= {{ as_of() }}
