# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the audit of verdicts leaves in the lake: who was drawn, and what the auditors said.

Belongs here: names, types and grain. Does not belong here: drawing (`audit_draw.py`) or recording (`audit_record.py`).
"""

import pyarrow as pa

AUDIT_DRAWS = "audit_draws"
AUDIT_DRAW_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("draw_id", pa.string(), nullable=False),
        pa.field("audit_id", pa.string(), nullable=False),
        pa.field("week_start", pa.date32(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("size", pa.int64(), nullable=False),
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("inspector_verdict", pa.string(), nullable=False),
        pa.field("sales_verdict", pa.string(), nullable=False),
        pa.field("population", pa.int64(), nullable=False),
        pa.field("drawn_at", pa.timestamp("us"), nullable=False),
    ]
)
"""A row per lead drawn; `population` counts the leads of its quadrant in the week."""

AUDIT_RESULTS = "audit_results"
AUDIT_RESULT_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("audit_id", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("audited_by", pa.string(), nullable=False),
        pa.field("audited_on", pa.date32(), nullable=False),
        pa.field("note", pa.string(), nullable=False),
        pa.field("source_file", pa.string(), nullable=False),
        pa.field("source_line", pa.int64(), nullable=False),
        pa.field("recorded_at", pa.timestamp("us"), nullable=False),
    ]
)
"""A row per lead and auditor, and one more for each correction; the newest counts."""
