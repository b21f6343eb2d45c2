# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The schemas of the lake's own tables that the ingest writes: the manifest, the rejects, the run context.

Does not belong here: the schemas of tables that a later step writes (it declares them itself, see `lake.py`).
"""

import pyarrow as pa

from orchestration.ingest.columns import UTC_TIMESTAMP

MANIFEST_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("system", pa.string()),
        ("table_name", pa.string()),
        ("file_name", pa.string()),
        ("file_sha256", pa.string()),
        ("bytes", pa.int64()),
        ("format", pa.string()),
        ("delivery_day", pa.date32()),
        ("landed_at", UTC_TIMESTAMP),
        ("landed_on", pa.date32()),
        ("lines_read", pa.int64()),
        ("rows_loaded", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("added_columns", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("min_event_at", UTC_TIMESTAMP),
        ("max_event_at", UTC_TIMESTAMP),
        ("recorded_at", UTC_TIMESTAMP),
        ("load_id", pa.string()),
    ]
)
"""One row per file and load. `status`: loaded or refused; `load_id` names the Parquet files the rows went to."""

REJECT_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("file_name", pa.string()),
        ("file_sha256", pa.string()),
        ("line", pa.int64()),
        ("column_name", pa.string()),
        ("reason", pa.string()),
        ("remedy", pa.string()),
        ("text", pa.string()),
        ("landed_at", UTC_TIMESTAMP),
    ]
)
"""One row per rejected record; `column_name` is the first column at fault, NULL when the line is damaged."""

RUN_CONTEXT_SCHEMA = pa.schema([("as_of", UTC_TIMESTAMP), ("time_zone", pa.string()), ("currency", pa.string())])
"""Exactly one row: the moment the run judges, and the business time zone and currency."""
