# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The state of every shift as of an instant, from what the weeks decided and what people said to it.

Belongs here: the one rule by which a shift counts as proposed, approved, held, rejected, in effect and so on. Does not
belong here: the playbook's verdict (`shifts.py`), or which decision may be recorded (`decisions.py`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orchestration.control.append_log import Entry
from orchestration.control.loop_schemas import BUDGET_SHIFT_SCHEMA
from orchestration.control.playbook import RESERVE
from orchestration.control.shift_rows import (
    COOLING,
    FIX_SLA,
    HELD_OUT,
    HOLD,
    MISSED,
    MOVES,
    NO_ROOM,
    PROPOSED,
    ROLLBACK,
    SHIFTS,
    TOO_YOUNG,
    shift_frame,
)

APPROVE, HOLD_BACK, REJECT = "approve", "hold", "reject"
STOPPED = {
    HOLD: "held", TOO_YOUNG: "held", COOLING: "held", FIX_SLA: "fix_sla", HELD_OUT: "held_out", NO_ROOM: "no_room",
    MISSED: "missed",
}  # fmt: skip
"""States of shifts that the playbook itself stopped."""
CENT = 0.005


def shift_states(rows: pd.DataFrame, decisions: Sequence[Entry], today: date) -> pd.DataFrame:
    """BUDGET_SHIFTS: `rows` (WEEKLY_SHIFTS of each week's latest revision) with state and decision on `today`.

    `decisions` are the entries of the log up to the run's instant, oldest first; the last one of a shift counts. An
    approval is of an amount: when a later revision of the week moves another one, it no longer counts.
    """
    table = rows.reset_index(drop=True)
    amount = table.groupby("shift_id")["amount"].transform("sum")
    last = {str(entry["shift_id"]): entry for entry in decisions}
    count = pd.Series([str(entry["shift_id"]) for entry in decisions], dtype="str").value_counts()
    entries = [_counting(last.get(str(i)), float(a)) for i, a in zip(table["shift_id"], amount, strict=True)]
    said = _column(entries, "decision")
    moves = table["verdict"].isin(MOVES)
    agreed = moves & ((said == APPROVE) | (said.isna() & (table["approval"] == "pre_agreed")))
    reversed_ = set(table.loc[agreed & _reached(table["effective_on"], today), "undoes"].dropna())
    return table.assign(
        state=np.select(
            [
                ~moves,
                (said == REJECT),
                (said == HOLD_BACK),
                ~agreed & _reached(table["effective_on"], today),
                ~agreed,
                table["shift_id"].isin(reversed_),
                _reached(table["expires_on"], today),
                _reached(table["effective_on"], today),
            ],
            [table["verdict"].map(STOPPED), "rejected", "held", "expired", "proposed", "undone", "ended", "in_effect"],
            "approved",
        ),
        is_agreed=agreed,
        decision=said,
        decided_by=_column(entries, "decided_by"),
        decision_reason=_column(entries, "why"),
        decided_at=pd.to_datetime(_column(entries, "decided_at")),
        decisions=count.reindex(table["shift_id"]).fillna(0).astype(int).to_numpy(),
    )[BUDGET_SHIFT_SCHEMA.names]


def as_history(states: pd.DataFrame, today: date) -> pd.DataFrame:
    """SHIFTS rows for the playbook's next decisions: what moved money, or still may, stands as it was decided.

    What was stopped by a person, or never agreed, counts as not moved, so it neither cools a source down nor is undone.
    """
    open_ = (states["state"] == "proposed") & ~_reached(states["effective_on"], today)
    kept = states["is_agreed"] | open_ | ~states["verdict"].isin(MOVES)
    rows = states.assign(state=states["verdict"].where(kept, NO_ROOM))
    for name in ("week_start", "effective_on", "expires_on"):
        days = pd.to_datetime(rows[name])
        rows[name] = days.dt.date.astype("object").where(days.notna(), None)
    records = rows[list(SHIFTS)].to_dict("records")
    return shift_frame([{str(name): value for name, value in record.items()} for record in records])


def is_zero_sum(states: pd.DataFrame) -> bool:
    """Whether what leaves the sources arrives at others or in the reserve, over all legs that may move."""
    moving = states.loc[states["verdict"].isin((PROPOSED, ROLLBACK))]
    received = moving.loc[moving["to_source"] != RESERVE].groupby("to_source")["amount"].sum().sum()
    reserved = moving.loc[moving["to_source"] == RESERVE, "amount"].sum()
    return bool(abs(moving["amount"].sum() - received - reserved) < CENT)


def _counting(entry: Entry | None, amount: float) -> Entry | None:
    if entry is None or (entry["decision"] == APPROVE and abs(entry["amount"] - amount) >= CENT):
        return None
    return entry


def _column(entries: Sequence[Entry | None], name: str) -> "pd.Series[Any]":
    return pd.Series([None if entry is None else entry[name] for entry in entries], dtype="object")


def _reached(days: "pd.Series[pd.Timestamp]", today: date) -> "pd.Series[bool]":
    return pd.to_datetime(days) <= pd.Timestamp(today)
