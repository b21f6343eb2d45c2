select * from {{ source('rejects', 'rejected_rows') }}
where landed_at <= {{ as_of() }}
