# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""Column contracts of the weekly quality tables, control charts and back-test, as the control step writes them.

Belongs here: names, types and grain. Does not belong here: how a value is computed (`quality.py`, `dispute.py`,
`metric_charts.py`, `track_record.py`).
Money is in the business currency, shares are fractions; NULL means not known, never zero.
"""

import pyarrow as pa

_TEXT, _NUMBER, _DAY, _WHOLE = pa.string(), pa.float64(), pa.date32(), pa.int32()
_HEAD = (("week_start", _DAY), ("iso_week", _TEXT), ("source", _TEXT))


def _schema(required: tuple[tuple[str, pa.DataType], ...], optional: tuple[tuple[str, pa.DataType], ...]) -> pa.Schema:
    needed = (*_HEAD, *required, ("revision", _WHOLE), ("as_of", pa.timestamp("us")))
    fields = [pa.field(name, kind, nullable=False) for name, kind in needed]
    return pa.schema(fields + [pa.field(name, kind) for name, kind in optional])


QUALITY = "weekly_quality"
QUALITY_SCHEMA = _schema(
    (
        ("presented", _NUMBER), ("evaluated", _NUMBER), ("unevaluable", _NUMBER), ("defective", _NUMBER),
        ("defects", _NUMBER), ("opportunities_for_defect", _NUMBER), ("decided", _NUMBER),
        ("defects_signal", _TEXT), ("defective_signal", _TEXT),
    ),
    (
        ("defects_per_lead", _NUMBER), ("dpmo", _NUMBER), ("sigma_level", _NUMBER), ("defective_share", _NUMBER),
        ("first_pass_yield", _NUMBER), ("rolled_throughput_yield", _NUMBER), ("normalised_yield", _NUMBER),
        ("defects_centre", _NUMBER), ("defects_lower", _NUMBER), ("defects_upper", _NUMBER),
        ("defects_sigma_z", _NUMBER), ("defective_centre", _NUMBER), ("defective_lower", _NUMBER),
        ("defective_upper", _NUMBER), ("defective_sigma_z", _NUMBER), ("lead_cost", _NUMBER), ("time_cost", _NUMBER),
        ("repair_cost", _NUMBER), ("late_cost", _NUMBER), ("cost_of_poor_quality", _NUMBER),
    ),
)  # fmt: skip
"""A row per week, source (or all) and revision."""

PARETO = "weekly_defect_pareto"
PARETO_SCHEMA = _schema(
    (
        ("criterion_code", _TEXT), ("owner", _TEXT), ("rank", _WHOLE), ("defects", _NUMBER), ("is_vital", pa.bool_()),
    ),
    (("share", _NUMBER), ("cumulative_share", _NUMBER), ("cost", _NUMBER)),
)  # fmt: skip
"""A row per week, source (or all), criterion, owner and revision."""

DISPUTE = "weekly_dispute"
DISPUTE_SCHEMA = _schema(
    (
        ("rep", _TEXT), ("decided", _NUMBER), ("ready_accepted", _NUMBER), ("ready_rejected", _NUMBER),
        ("defective_accepted", _NUMBER), ("defective_rejected", _NUMBER), ("unevaluable_accepted", _NUMBER),
        ("unevaluable_rejected", _NUMBER), ("is_ambiguous", pa.bool_()),
    ),
    (("agreement", _NUMBER), ("kappa", _NUMBER), ("kappa_low", _NUMBER), ("kappa_high", _NUMBER)),
)  # fmt: skip
"""A row per week, source (or all), rep (or all) and revision."""

JUDGES = "weekly_judges"
JUDGES_SCHEMA = _schema(
    (("judge", _TEXT), ("judged", _NUMBER), ("audited", _NUMBER)),
    (
        ("observed_rate", _NUMBER), ("sensitivity", _NUMBER), ("specificity", _NUMBER), ("corrected_rate", _NUMBER),
        ("corrected_low", _NUMBER), ("corrected_high", _NUMBER),
    ),
)  # fmt: skip
"""A row per week, source (or all), judge (inspector, sales) and revision."""

WORTH = "weekly_criterion_worth"
WORTH_SCHEMA = _schema(
    (
        ("criterion_code", _TEXT), ("to_stage", _TEXT), ("population", _TEXT), ("horizon_weeks", _WHOLE),
        ("failed", _NUMBER), ("failed_converted", _NUMBER), ("passed", _NUMBER), ("passed_converted", _NUMBER),
        ("verdict", _TEXT),
    ),
    (
        ("conversion_ratio", _NUMBER), ("conversion_low", _NUMBER), ("conversion_high", _NUMBER), ("lift", _NUMBER),
        ("lift_low", _NUMBER), ("lift_high", _NUMBER),
    ),
)  # fmt: skip
"""A row per week, criterion, step, population and revision; over all sources."""

CHANGES = "weekly_criteria_changes"
CHANGES_SCHEMA = _schema(
    (("kind", _TEXT), ("subject", _TEXT), ("leads", _NUMBER), ("evidence", _TEXT)), (("share", _NUMBER),)
)
"""A row per week, kind of change to consider, criterion or reason, and revision; over all sources."""

CHARTS = "weekly_control_charts"
CHARTS_SCHEMA = _schema(
    (
        ("segment", _TEXT), ("team", _TEXT), ("metric", _TEXT), ("chart", _TEXT), ("value", _NUMBER),
        ("weeks", _WHOLE), ("signal", _TEXT),
    ),
    (
        ("size", _NUMBER), ("centre", _NUMBER), ("lower", _NUMBER), ("upper", _NUMBER), ("sigma_z", _NUMBER),
        ("rule", _TEXT),
    ),
)  # fmt: skip
"""A row per week, source, segment, team (each may be all), metric and revision."""

ESTIMATES = "weekly_estimates"
ESTIMATES_SCHEMA = _schema(
    (
        ("segment", _TEXT), ("measure", _TEXT), ("cohort_week", _DAY), ("age_weeks", _WHOLE), ("entered", _NUMBER),
        ("so_far", _NUMBER), ("ripe_leads", _NUMBER), ("outstanding", _NUMBER), ("estimate", _NUMBER),
        ("low", _NUMBER), ("high", _NUMBER),
    ),
    (("expected_at_age", _NUMBER), ("spread", _NUMBER)),
)  # fmt: skip
"""What a week said of the cohort that was then `age_weeks` old: a row per tactic and measure."""

BACKTEST = "weekly_backtest"
BACKTEST_SCHEMA = pa.schema(
    [
        pa.field("week_start", _DAY, nullable=False),
        pa.field("iso_week", _TEXT, nullable=False),
        pa.field("measure", _TEXT, nullable=False),
        pa.field("revision", _WHOLE, nullable=False),
        pa.field("age_weeks", _WHOLE, nullable=False),
        pa.field("through_week", _DAY, nullable=False),
        pa.field("cohorts", _WHOLE, nullable=False),
        pa.field("coverage", _NUMBER, nullable=False),
        pa.field("bias", _NUMBER),
        pa.field("error", _NUMBER),
        pa.field("error_plan", _NUMBER),
        pa.field("error_naive", _NUMBER),
        pa.field("verdict", _TEXT, nullable=False),
        pa.field("as_of", pa.timestamp("us"), nullable=False),
    ]
)
"""How right the estimates told up to a week were: a row per measure and revision."""

QUALITY_TABLES: dict[str, pa.Schema] = {
    QUALITY: QUALITY_SCHEMA,
    PARETO: PARETO_SCHEMA,
    DISPUTE: DISPUTE_SCHEMA,
    JUDGES: JUDGES_SCHEMA,
    WORTH: WORTH_SCHEMA,
    CHANGES: CHANGES_SCHEMA,
    CHARTS: CHARTS_SCHEMA,
    ESTIMATES: ESTIMATES_SCHEMA,
    BACKTEST: BACKTEST_SCHEMA,
}
"""Those that are a part of each weekly revision."""
