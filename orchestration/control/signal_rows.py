# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What a weekly signal says: its kinds, states and columns.

Belongs here: names, and putting evidence into a sentence and into JSON. Does not belong here: when a signal is raised.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from orchestration.control.cells import ALL

DISCONNECT = "green_red_disconnect"
UNDER_INVESTED = "red_green_under_invested"
WATERMELON = "watermelon"
PIVOT = "pivot_without_resources"
STARVATION = "starvation"
TRUTH_LAG = "truth_lag"
UNSOURCED = "unattributed_leads"
STALLED = "stalled_accounts"
KINDS = (DISCONNECT, UNDER_INVESTED, WATERMELON, PIVOT, STARVATION, TRUTH_LAG, UNSOURCED, STALLED)

WATCH, OPEN, CLOSED = "watch", "open", "closed"
"""A signal to look at, one to act on, and one that ended this week."""

MARKETING, SALES, JOINT, DATA = "marketing", "sales", "joint", "data"

COLUMNS = (
    "signal",
    "subject",
    "source",
    "segment",
    "team",
    "account_group",
    "signal_state",
    "began_week",
    "weeks_lasted",
    "confidence",
    "confidence_of_a_tenth",
    "money_at_risk",
    "money_burned",
    "cause",
    "share_ready",
    "share_effort",
    "share_fit",
    "owner",
    "owner_role",
    "data_passed",
    "evidence",
    "evidence_json",
)

Row = dict[str, Any]


def signal_row(signal: str, subject: str, state: str, owner: str, evidence: str, facts: Mapping[str, Any]) -> Row:
    """A row with the columns that every signal has; the kind adds its own with `|`. `facts` become the JSON."""
    return {
        "signal": signal,
        "subject": subject,
        "source": ALL,
        "segment": ALL,
        "team": ALL,
        "account_group": ALL,
        "signal_state": state,
        "weeks_lasted": 1,
        "owner": owner,
        "evidence": evidence,
        "evidence_json": json.dumps(_plain(facts), sort_keys=True),
    }


def signal_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows with every column of COLUMNS, what a kind does not know being NULL."""
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as JSON has them: six figures, and null for what is not known or has no end."""
    return {name: _value(value) for name, value in facts.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain({str(key): each for key, each in value.items()})
    if isinstance(value, (list, tuple)):
        return [_value(each) for each in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    number = float(value)
    return float(f"{number:.6g}") if abs(number) < float("inf") else None
