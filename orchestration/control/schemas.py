# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""Column contracts of what the control step writes to the lake, and their grains.

Belongs here: names, types and grain of the weekly logs. Does not belong here: how a value is computed, or
the marts that expose the logs (dbt). Timestamps are UTC without a zone; NULL means not known, never zero.
"""

import pyarrow as pa

from orchestration.control.loop_schemas import LOOP_TABLES
from orchestration.control.quality_schemas import QUALITY_TABLES

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
        pa.field("age_weeks", pa.int32()),
        pa.field("maturity", pa.float64()),
        pa.field("actual_at_age", pa.float64()),
        pa.field("expected_at_age", pa.float64()),
        pa.field("index_at_age", pa.float64()),
        pa.field("matured", pa.float64()),
        pa.field("matured_low", pa.float64()),
        pa.field("matured_high", pa.float64()),
        pa.field("age_status", pa.string()),
        pa.field("naive", pa.float64()),
        pa.field("signal", pa.string()),
        pa.field("confidence", pa.float64()),
        pa.field("p_adjusted", pa.float64()),
        pa.field("weeks_lasted", pa.int32()),
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
        pa.field("effect_cost_per_acquisition", pa.float64()),
        pa.field("basis", pa.string()),
        pa.field("method", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us"), nullable=False),
    ]
)
DRIVER_GRAIN = ("week_start", "source", "factor", "revision")

CAPACITY_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("week_start", pa.date32(), nullable=False),
        pa.field("iso_week", pa.string(), nullable=False),
        pa.field("team", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("qualified_leads", pa.float64()),
        pa.field("ready_leads", pa.float64()),
        pa.field("load_hours", pa.float64()),
        pa.field("capacity_hours", pa.float64()),
        pa.field("utilisation", pa.float64()),
        pa.field("respond_within_minutes", pa.float64()),
        pa.field("expected_wait_minutes", pa.float64()),
        pa.field("late_share", pa.float64()),
        pa.field("admissible_leads", pa.float64()),
        pa.field("people", pa.float64()),
        pa.field("required_people", pa.float64()),
        pa.field("people_short", pa.float64()),
        pa.field("cut_off_quantile", pa.float64()),
        pa.field("cut_off_score", pa.float64()),
        pa.field("wip", pa.float64()),
        pa.field("weeks_in_stage", pa.float64()),
        pa.field("littles_law_gap", pa.float64()),
        pa.field("is_bottleneck", pa.bool_(), nullable=False),
        pa.field("balance", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us"), nullable=False),
    ]
)
CAPACITY_GRAIN = ("week_start", "team", "revision")

SIGNAL_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("week_start", pa.date32(), nullable=False),
        pa.field("iso_week", pa.string(), nullable=False),
        pa.field("signal", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("revision", pa.int32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("segment", pa.string(), nullable=False),
        pa.field("team", pa.string(), nullable=False),
        pa.field("account_group", pa.string(), nullable=False),
        pa.field("signal_state", pa.string(), nullable=False),
        pa.field("began_week", pa.date32()),
        pa.field("weeks_lasted", pa.int32(), nullable=False),
        pa.field("confidence", pa.float64()),
        pa.field("confidence_of_a_tenth", pa.float64()),
        pa.field("money_at_risk", pa.float64()),
        pa.field("money_burned", pa.float64()),
        pa.field("cause", pa.string()),
        pa.field("share_ready", pa.float64()),
        pa.field("share_effort", pa.float64()),
        pa.field("share_fit", pa.float64()),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("owner_role", pa.string()),
        pa.field("data_passed", pa.bool_(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("evidence_json", pa.string(), nullable=False),
        pa.field("as_of", pa.timestamp("us"), nullable=False),
    ]
)
SIGNAL_GRAIN = ("week_start", "signal", "subject", "revision")

VARIANCE, DRIVERS = "weekly_variance", "weekly_variance_drivers"
CAPACITY, SIGNALS = "weekly_capacity", "weekly_signals"
TABLES: dict[str, pa.Schema] = {
    **LOOP_TABLES,
    **QUALITY_TABLES,
    DRIVERS: DRIVER_SCHEMA,
    CAPACITY: CAPACITY_SCHEMA,
    SIGNALS: SIGNAL_SCHEMA,
    VARIANCE: VARIANCE_SCHEMA,
}
"""The logs that one weekly revision consists of, in the order in which they are written. The last one makes the
revision exist; each has the columns week_start, revision and as_of."""
