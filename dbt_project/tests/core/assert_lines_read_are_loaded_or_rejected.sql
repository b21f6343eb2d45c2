-- No line of a loaded file is lost between reading and the lake.
select
    feed,
    file_name,
    lines_read,
    rows_loaded,
    rows_rejected
from {{ ref('load_manifest') }}
where status = 'loaded' and lines_read <> rows_loaded + rows_rejected
