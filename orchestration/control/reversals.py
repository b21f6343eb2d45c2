"""Shifts to undo: those that expired and those whose rollback condition holds.

Belongs here: finding them and writing their legs backwards. Does not belong here: new shifts (`shifts.py`).
"""

import hashlib
from collections.abc import Sequence
from datetime import date

import pandas as pd

from orchestration.control.playbook import RESERVE, Persistence, Rule, next_tuesday
from orchestration.control.shift_rows import MOVES, NO_ROOM, PROPOSED, ROLLBACK, Row
from orchestration.control.triggers import fires

ONCE = Persistence(k=1, of=1)


def reversals(
    rules: Sequence[Rule],
    week_start: date,
    decided_on: date,
    evidence: pd.DataFrame,
    past: pd.DataFrame,
    spend: "pd.Series[float]",
) -> list[Row]:
    """Rows that reverse earlier cuts, oldest first, a source in one reversal at most.

    `spend` by source: a receiver that no longer has the money gives nothing back, and a row says so.
    """
    by_version = {(rule.id, rule.version): rule for rule in rules}
    rows, busy = list[Row](), set[str]()
    for legs in _standing(past):
        rule = by_version.get((str(legs[0]["rule_id"]), int(legs[0]["rule_version"])))
        why = _why(rule, legs[0], week_start, decided_on, evidence)
        ends = ({leg["from_source"] for leg in legs} | {leg["to_source"] for leg in legs}) - {RESERVE}
        if not why or ends & busy:
            continue
        busy |= ends
        short = [leg["to_source"] for leg in legs if _has(spend, leg["to_source"]) < leg["amount"]]
        lead = rule.platform_lead_days if rule is not None else 0
        common: Row = {
            "shift_id": hashlib.sha256(f"undo|{legs[0]['shift_id']}".encode()).hexdigest()[:16],
            "week_start": week_start,
            "effective_on": next_tuesday(decided_on, lead),
            "expires_on": None,
            "reason": f"{why}; but {', '.join(short)} no longer has the money" if short else why,
            "state": NO_ROOM if short else ROLLBACK,
            "predicted_gain": 0.0,
            "predicted_probability": float("nan"),
            "undoes": legs[0]["shift_id"],
        }
        rows += [leg | _backwards(leg, moves=not short) | common for leg in (legs[:1] if short else legs)]
    return rows


def _standing(past: pd.DataFrame) -> list[list[Row]]:
    """Legs of each cut that was proposed and not undone since, oldest first."""
    if past.empty:
        return []
    undone = past.loc[past["state"].isin(MOVES), "undoes"].dropna()
    standing = past[(past["state"] == PROPOSED) & ~past["shift_id"].isin(undone)].sort_values(
        ["week_start", "shift_id"], kind="stable"
    )
    cuts: dict[str, list[Row]] = {}
    for record in standing.to_dict("records"):
        leg: Row = {str(name): value for name, value in record.items()}
        cuts.setdefault(str(leg["shift_id"]), []).append(leg)
    return list(cuts.values())


def _why(rule: Rule | None, leg: Row, week_start: date, decided_on: date, evidence: pd.DataFrame) -> str:
    if leg["expires_on"] <= decided_on:
        return "expired"
    if rule is None or rule.rollback_if is None:
        return ""
    return (
        "rollback_if holds" if leg["from_source"] in fires(rule.rollback_if, ONCE, evidence, week_start).index else ""
    )


def _backwards(leg: Row, *, moves: bool) -> Row:
    ends = {"from_source": leg["to_source"], "to_source": leg["from_source"] if moves else None}
    return ends | {"amount": leg["amount"] if moves else 0.0}


def _has(spend: "pd.Series[float]", source: str) -> float:
    if source == RESERVE:
        return float("inf")
    return float(spend[source]) if source in spend.index else 0.0
