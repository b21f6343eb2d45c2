"""Columns and states of the playbook's inputs and of a budget shift.

Belongs here: names and grains. Does not belong here: how a row comes about (`shifts.py`, `gates.py`, `reversals.py`).
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd

PROPOSED, ROLLBACK = "proposed", "rollback"
MOVES = (PROPOSED, ROLLBACK)
HOLD, TOO_YOUNG, FIX_SLA = "hold_data", "too_young", "fix_sla"
COOLING, HELD_OUT, NO_ROOM = "cooling_down", "held_out", "no_room"
MISSED = "missed"
"""What a week would have moved, had it been computed before the next one closed."""

SOURCES = (
    "source",
    "segment",
    "team",
    "spend",
    "max_spend",
    "acquisitions",
    "elasticity",
    "events",
    "cost_per_qualified_lead",
    "leads",
    "expected_events",
    "maturity",
    "truth_lag_p95_hours",
    "spend_reconciled",
    "dq_blocking_passed",
    "loss_share_ready",
    "loss_share_fit",
    "money_at_risk",
)
"""One row per source. `spend` (planned for the week to come), `max_spend` and `money_at_risk` in money a week;
`acquisitions` matured, a week, at that spend; `elasticity` b of the response; `events` the gamma shape of the
acquisition rate; `team` receives its leads; `leads`, `expected_events`, `maturity` describe the judged window."""

SHIFTS = (
    "shift_id",
    "week_start",
    "rule_id",
    "rule_version",
    "from_source",
    "to_source",
    "amount",
    "effective_on",
    "expires_on",
    "state",
    "reason",
    "strength",
    "money_at_risk",
    "predicted_gain",
    "predicted_probability",
    "undoes",
)
"""One row per leg; all legs of one cut share `shift_id`. `predicted_gain` is the whole cut's, acquisitions a week, and
`predicted_probability` that its receivers do better than the donor;
`undoes` is the shift a rollback reverses. A row whose state is not in MOVES moves nothing and says why."""

TEXT = ("shift_id", "rule_id", "from_source", "to_source", "state", "reason", "undoes")
NUMBERS = ("amount", "strength", "money_at_risk", "predicted_gain", "predicted_probability")

Row = dict[str, Any]


def shift_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """SHIFTS rows with the same column types whatever they hold, also when there is none; dates stay dates."""
    types = dict.fromkeys(TEXT, "str") | dict.fromkeys(NUMBERS, "float64") | {"rule_version": "int64"}
    return pd.DataFrame(rows, columns=list(SHIFTS)).astype(types)
