# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""Column contracts of shifts, their decisions and evaluations, and actions, as the control step writes them.

Belongs here: names, types and grain. Does not belong here: how a value is computed. Timestamps are UTC without a zone,
dates are business dates, money is in the business currency; NULL means not known, never zero.
"""

import pyarrow as pa


def _fields(required: tuple[tuple[str, pa.DataType], ...], optional: tuple[tuple[str, pa.DataType], ...]) -> pa.Schema:
    needed = [pa.field(name, kind, nullable=False) for name, kind in required]
    return pa.schema(needed + [pa.field(name, kind) for name, kind in optional])


_TEXT, _NUMBER, _DAY, _WHOLE = pa.string(), pa.float64(), pa.date32(), pa.int32()
_INSTANT = pa.timestamp("us")

WEEKLY_SHIFTS = "weekly_shifts"
WEEKLY_SHIFT_SCHEMA = _fields(
    (
        ("week_start", _DAY), ("revision", _WHOLE), ("shift_id", _TEXT), ("leg", _WHOLE), ("rule_id", _TEXT),
        ("rule_version", _WHOLE), ("approval", _TEXT), ("owner", _TEXT), ("approver", _TEXT), ("deputies", _TEXT),
        ("from_source", _TEXT), ("amount", _NUMBER), ("decided_on", _DAY), ("effective_on", _DAY), ("verdict", _TEXT),
        ("reason", _TEXT), ("predicted_gain", _NUMBER), ("as_of", _INSTANT),
    ),
    (
        ("to_source", _TEXT), ("expires_on", _DAY), ("strength", _NUMBER), ("money_at_risk", _NUMBER),
        ("predicted_probability", _NUMBER), ("undoes", _TEXT), ("evaluate_ages", _TEXT),
    ),
)  # fmt: skip
"""What the playbook said of a week: a row per revision, shift and leg. `verdict` as in `shift_rows`, or missed."""

SHIFT_DECISIONS = "shift_decisions"
SHIFT_DECISION_SCHEMA = _fields(
    (
        ("shift_id", _TEXT), ("decision", _TEXT), ("decided_by", _TEXT), ("why", _TEXT), ("amount", _NUMBER),
        ("decided_at", _INSTANT),
    ),
    (),
)  # fmt: skip
"""A person's decision on a whole shift; `amount` is what the shift moved when it was taken."""

BUDGET_SHIFTS = "budget_shifts"
BUDGET_SHIFT_SCHEMA = pa.schema(
    [
        *WEEKLY_SHIFT_SCHEMA,
        pa.field("state", _TEXT, nullable=False),
        pa.field("is_agreed", pa.bool_(), nullable=False),
        *(pa.field(name, _TEXT) for name in ("decision", "decided_by", "decision_reason")),
        pa.field("decided_at", _INSTANT),
        pa.field("decisions", _WHOLE, nullable=False),
    ]
)
"""WEEKLY_SHIFTS of each week's latest revision, with the state as of the run and the decision that counts."""

SHIFT_EVALUATIONS = "shift_evaluations"
EVALUATION_SCHEMA = _fields(
    (
        ("week_start", _DAY), ("revision", _WHOLE), ("shift_id", _TEXT), ("rule_id", _TEXT), ("rule_version", _WHOLE),
        ("age_weeks", _WHOLE), ("is_held_out", pa.bool_()), ("amount", _NUMBER), ("predicted", _NUMBER),
        ("effect", _NUMBER), ("low", _NUMBER), ("high", _NUMBER), ("probability", _NUMBER), ("verdict", _TEXT),
        ("donor_actual", _NUMBER), ("donor_counterfactual", _NUMBER), ("receivers_actual", _NUMBER),
        ("receivers_counterfactual", _NUMBER), ("saved", _NUMBER), ("control_index", _NUMBER), ("as_of", _INSTANT),
    ),
    (("predicted_probability", _NUMBER), ("naive_change", _NUMBER), ("carried_out", _NUMBER), ("note", _TEXT)),
)  # fmt: skip
"""A shift (or a trigger held out) at one of its ages, judged with the week `week_start`; counts are acquisitions."""

PLAYBOOK_CALIBRATION = "playbook_calibration"
CALIBRATION_SCHEMA = _fields(
    (
        ("week_start", _DAY), ("revision", _WHOLE), ("rule_id", _TEXT), ("rule_version", _WHOLE), ("uses", _WHOLE),
        ("not_carried_out", _WHOLE), ("paid", _WHOLE), ("did_not_pay", _WHOLE), ("held_out", _WHOLE),
        ("retire", pa.bool_()), ("as_of", _INSTANT),
    ),
    (
        ("predicted_gain", _NUMBER), ("realised_gain", _NUMBER), ("slope", _NUMBER), ("intercept", _NUMBER),
        ("brier", _NUMBER), ("probability_pays", _NUMBER), ("hold_out_effect", _NUMBER), ("hold_out_error", _NUMBER),
    ),
)  # fmt: skip
"""What a rule's uses up to a week say of it; gains are acquisitions a week."""

ACTION_SIGNATURES = "action_signatures"
SIGNATURE_SCHEMA = _fields(
    (("action_id", _TEXT), ("signed_by", _TEXT), ("why", _TEXT), ("signed_at", _INSTANT)),
    (),
)  # fmt: skip
"""A controller's signature under an action."""

ACTIONS = "actions"
ACTION_SCHEMA = _fields(
    (
        ("action_id", _TEXT), ("signal", _TEXT), ("subject", _TEXT), ("source", _TEXT), ("segment", _TEXT),
        ("opened_week", _DAY), ("opened_on", _DAY), ("due_on", _DAY), ("owner", _TEXT), ("controller", _TEXT),
        ("state", _TEXT), ("expected_outcome", _TEXT), ("outcome_metric", _TEXT), ("outcome_target", _NUMBER),
        ("good_weeks", _WHOLE), ("confirm_weeks", _WHOLE), ("is_confirmed", pa.bool_()), ("last_seen_week", _DAY),
        ("evidence", _TEXT),
    ),
    (
        ("escalated_to", _TEXT), ("measured_outcome", _NUMBER), ("signed_by", _TEXT), ("signed_at", _INSTANT),
        ("signed_because", _TEXT), ("ended_on", _DAY), ("withdrawn_because", _TEXT), ("money_at_risk", _NUMBER),
    ),
)  # fmt: skip
"""An action as of the run, one row each."""

LOOP_TABLES: dict[str, pa.Schema] = {
    WEEKLY_SHIFTS: WEEKLY_SHIFT_SCHEMA,
    SHIFT_EVALUATIONS: EVALUATION_SCHEMA,
    PLAYBOOK_CALIBRATION: CALIBRATION_SCHEMA,
}
"""Those that are a part of each weekly revision."""
