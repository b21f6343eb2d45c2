select * from {{ source('andon', 'playbook_calibration') }}
where as_of <= {{ as_of() }}
