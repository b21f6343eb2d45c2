select * from {{ source('andon', 'budget_shifts') }}
