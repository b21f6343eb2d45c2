select * from {{ source('andon', 'load_manifest') }}
where recorded_at <= {{ as_of() }}
