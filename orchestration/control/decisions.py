# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Recording what a person decides on a shift: who may, until when, and that saying it twice is saying it once.

Belongs here: the rules of a decision. Does not belong here: the log (`append_log.py`), what the decision does
(`shift_states.py`), or what a person types (`commands/shift.py`).
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from orchestration.control.append_log import AppendLog, Entry
from orchestration.control.loop_schemas import SHIFT_DECISION_SCHEMA, SHIFT_DECISIONS
from orchestration.control.shift_rows import MOVES
from orchestration.control.shift_states import CENT
from orchestration.errors import AndonError
from orchestration.ingest.lake import naive_utc
from orchestration.partitions import business_date
from orchestration.settings import Settings

DECISIONS = ("approve", "hold", "reject")


class DecisionRefusedError(AndonError):
    """A decision that may not be recorded; the text says why and what would be possible."""


def decision_log(settings: Settings) -> AppendLog:
    """The log of decisions on shifts."""
    return AppendLog(settings, SHIFT_DECISIONS, SHIFT_DECISION_SCHEMA, at="decided_at")


def decisions_until(settings: Settings, as_of: datetime) -> list[Entry]:
    """The decisions taken up to an instant (aware), oldest first."""
    until = naive_utc(as_of)
    return [entry for entry in decision_log(settings).entries() if entry["decided_at"] <= until]


def newest_decision(settings: Settings) -> datetime | None:
    """When the last decision was taken (aware, UTC); None before the first."""
    entries = decision_log(settings).entries()
    return entries[-1]["decided_at"].replace(tzinfo=UTC) if entries else None


def decide_on_shift(
    log: AppendLog, shifts: pd.DataFrame, shift: str, decision: str, by: str, why: str, at: datetime, zone: ZoneInfo
) -> bool:
    """Record `decision` on the shift whose id begins with `shift`, taken at `at` (aware); False if it stood already.

    `shifts` are BUDGET_SHIFTS rows. Raises DecisionRefusedError for an unknown or ambiguous id, a shift that moves
    nothing, a role that may not decide, an empty reason, or once the money has moved.
    """
    if decision not in DECISIONS:
        raise DecisionRefusedError(f"{decision!r} is no decision: use {', '.join(DECISIONS)}")
    if not why.strip():
        raise DecisionRefusedError("a decision needs its reason: give --why")
    legs = one_shift(shifts, shift)
    head: Entry = {str(name): value for name, value in legs.iloc[0].to_dict().items()}
    _refuse(head, by, at, zone)
    entry: Entry = {
        "shift_id": str(head["shift_id"]),
        "decision": decision,
        "decided_by": by,
        "why": why.strip(),
        "amount": round(float(legs["amount"].sum()), 2),
    }
    with log.locked():
        before = [each for each in log.entries() if each["shift_id"] == entry["shift_id"]]
        if before and _says_the_same(before[-1], entry):
            return False
        log.append(entry, instant=at)
    return True


def one_shift(shifts: pd.DataFrame, shift: str) -> pd.DataFrame:
    """The legs of the one shift whose id begins with `shift`. Raises DecisionRefusedError for none or several."""
    found = shifts.loc[shifts["shift_id"].str.startswith(shift)] if shift else shifts.iloc[:0]
    ids = sorted(set(found["shift_id"]))
    if len(ids) != 1:
        several = f"{len(ids)} shifts begin with {shift!r}: {', '.join(ids[:5])}"
        told = several if ids else f"no shift is called {shift!r}"
        raise DecisionRefusedError(f"{told}; `andon shift list` shows them")
    return found


def _refuse(head: Entry, by: str, at: datetime, zone: ZoneInfo) -> None:
    name, effective = head["shift_id"], pd.Timestamp(head["effective_on"]).date()
    if head["verdict"] not in MOVES:
        raise DecisionRefusedError(f"shift {name} moves no money ({head['reason']}): there is nothing to decide")
    allowed = [role for role in (str(head["approver"]), *str(head["deputies"]).split(",")) if role]
    if by not in allowed:
        raise DecisionRefusedError(f"{by!r} may not decide on shift {name}: its rule names {', '.join(allowed)}")
    today = business_date(at, zone)
    if today >= effective:
        raise DecisionRefusedError(f"shift {name} took its course on {effective}: on {today} it is too late to decide")


def _says_the_same(last: Entry, entry: Entry) -> bool:
    same = all(last[name] == entry[name] for name in ("decision", "decided_by"))
    return same and abs(last["amount"] - entry["amount"]) < CENT
