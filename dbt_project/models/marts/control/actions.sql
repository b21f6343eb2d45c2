select * from {{ source('andon', 'actions') }}
