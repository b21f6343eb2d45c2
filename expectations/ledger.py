# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The record of what the inspection found: the column contract of its logs in the lake.

Belongs here: names, types and grains of the logs. Does not belong here: how a lead is judged (`compile.py`,
`judge.py`) or what a defect costs and whether it is still open (dbt marts, built from these logs).

Timestamps are naive and mean UTC. `valid_from` and `valid_to` are business dates, both days in force.
"""

import pyarrow as pa

READY, DEFECTIVE, UNEVALUABLE = "ready", "defective", "unevaluable"
FAIL = "fail"

_INSTANT: pa.DataType = pa.timestamp("us")

VERDICT_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("inspected_at", _INSTANT, nullable=False),
        pa.field("handed_off_at", _INSTANT),
        pa.field("contract_version", pa.string(), nullable=False),
        pa.field("contract_hash", pa.string(), nullable=False),
        pa.field("subject_hash", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("criteria_evaluated", pa.int32(), nullable=False),
        pa.field("defects", pa.int32(), nullable=False),
        pa.field("unevaluable", pa.int32(), nullable=False),
        pa.field("source_file", pa.string()),
        pa.field("source_line", pa.int64()),
    ]
)
"""One row per lead x inspection. `contract_hash` covers the criteria in force for that lead, not the file."""

RESULT_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("inspected_at", _INSTANT, nullable=False),
        pa.field("criterion_code", pa.string(), nullable=False),
        pa.field("criterion_version", pa.int32(), nullable=False),
        pa.field("result", pa.string(), nullable=False),
        pa.field("observed", pa.string()),
        pa.field("severity", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("reason_category", pa.string(), nullable=False),
        pa.field("cost_lead", pa.bool_()),
        pa.field("cost_minutes", pa.float64()),
        pa.field("cost_team", pa.string()),
        pa.field("cost_team_minutes", pa.float64()),
        pa.field("cost_amount", pa.decimal128(18, 2)),
        pa.field("source_file", pa.string()),
        pa.field("source_line", pa.int64()),
    ]
)
"""One row per lead x inspection x criterion that failed or could not be evaluated (`result`); passes are not kept.
The cost columns are the rule of the version that judged (`cost_rules.FlatRule`)."""

CRITERIA_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("criterion_code", pa.string(), nullable=False),
        pa.field("criterion_version", pa.int32(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("severity", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("reason_category", pa.string(), nullable=False),
        pa.field("valid_from", pa.date32(), nullable=False),
        pa.field("valid_to", pa.date32()),
        pa.field("contract_version", pa.string(), nullable=False),
        pa.field("check_json", pa.string()),
        pa.field("segments", pa.string()),
        pa.field("cost_rule", pa.string()),
        pa.field("signed_by_marketing", pa.string()),
        pa.field("signed_by_sales", pa.string()),
        pa.field("signed_on", pa.date32()),
        pa.field("judged_by", pa.string()),
        pa.field("in_use_since", _INSTANT),
    ]
)
"""One row per criterion x version; `valid_to` null is open; a version that has judged leads stays when the document
drops it. `cost_rule` is in words, `signed_on` the day of the last of the two signatures. `in_use_since` is the first
inspection at which it was in force; `judged_by`, a hash of what judges, is that of then: another one is an edit."""

WAIVER_SCHEMA: pa.Schema = pa.schema(
    [
        pa.field("waiver_id", pa.string(), nullable=False),
        pa.field("lead_id", pa.string(), nullable=False),
        pa.field("criterion_code", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("by_role", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("until", pa.date32()),
        pa.field("recorded_at", _INSTANT, nullable=False),
    ]
)
"""One row per thing said about a defect: `waive` it until a business day (included), or `withdraw` that. Appended to,
never edited; effective from `recorded_at` on."""
