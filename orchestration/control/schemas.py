# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""Column contracts of what the control step writes to the lake, and their grains.

Belongs here: names, types and grain of the weekly logs. Does not belong here: how a value is computed, or
the marts that expose the logs (dbt). Timestamps are UTC without a zone; NULL means not known, never zero.
"""

import pyarrow as pa

from orchestration.control.loop_schemas import LOOP_TABLES

VARIANCE_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("week_start", pa.date32(), nullable=False),
        pa.field("iso_week", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("segment", pa.string(), nullable=False),
        pa.field("metric", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("plan", pa.float64()),
        pa.field("plan_version", pa.string()),
        pa.field("actual", pa.float64()),
        pa.field("variance", pa.float64()),
        pa.field("variance_pct", pa.float64()),
        pa.field("favourable", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us"), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("revision_reason", pa.string(), nullable=False),
    ]
)
VARIANCE_GRAIN = ("week_start", "source", "segment", "metric", "revision")

DRIVER_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("week_start", pa.date32(), nullable=False),
        pa.field("iso_week", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("factor", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("effect_acquisitions", pa.float64(), nullable=False),
        pa.field("effect_acquisitions_standard", pa.float64(), nullable=False),
        pa.field("effect_acquisitions_shapley", pa.float64(), nullable=False),
        pa.field("effect_money", pa.float64()),
        pa.field("method", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us"), nullable=False),
    ]
)
DRIVER_GRAIN = ("week_start", "source", "factor", "revision")

VARIANCE, DRIVERS = "weekly_variance", "weekly_variance_drivers"
TABLES: dict[str, pa.Schema] = {**LOOP_TABLES, DRIVERS: DRIVER_SCHEMA, VARIANCE: VARIANCE_SCHEMA}
"""The logs that one weekly revision consists of, in the order in which they are written. The last one makes the
revision exist; each has the columns week_start, revision and as_of."""
