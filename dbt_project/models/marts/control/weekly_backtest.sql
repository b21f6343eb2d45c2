select * from {{ source('andon', 'weekly_backtest') }}
where as_of <= {{ as_of() }}
