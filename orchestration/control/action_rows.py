# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Between the logs' tables and the replay of actions: frames in, frames out.

Belongs here: what counts as an open signal and an outcome in a stored revision, and the row of an action. Does not
belong here: an action's life (`actions.py`).
"""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from orchestration.control.actions import SIGNAL_GONE, Action, Policy, Subject, WeekSeen
from orchestration.control.arrays import divided
from orchestration.control.cells import ALL
from orchestration.control.loop_schemas import ACTION_SCHEMA
from orchestration.control.shift_rows import FIX_SLA

SIGNAL_COLUMNS = (
    "week_start", "revision", "signal", "subject", "source", "segment", "signal_state", "owner_role", "money_at_risk",
    "evidence",
)  # fmt: skip
"""What is read of `weekly_signals`."""
VARIANCE_COLUMNS = ("week_start", "revision", "as_of", "state", "source", "segment", "metric", "plan", "actual")
FIX_SLA_COLUMNS = ("week_start", "revision", "verdict", "from_source", "reason", "money_at_risk")
"""What is read of `weekly_shifts`."""
OPEN_SIGNAL = "open"
BLOCKED = "blocked"


def policies_of(rows: pd.DataFrame) -> dict[str, Policy]:
    """The policy of each kind of signal, from `marts.dim_action_policy`."""
    return {
        str(row["signal"]): Policy(
            owner=str(row["owner"]) if isinstance(row["owner"], str) else "",
            controller=str(row["controller"]),
            escalate_to=str(row["escalate_to"]),
            due_days=int(row["due_days"]),
            outcome_metric=str(row["outcome_metric"]),
            outcome_target=float(row["outcome_target"]),
            confirm_weeks=int(row["confirm_weeks"]),
        )
        for row in rows.to_dict("records")
    }


def weeks_seen(variance: pd.DataFrame, signals: pd.DataFrame, shifts: pd.DataFrame) -> list[WeekSeen]:
    """Every revision of every week that was not blocked: its open signals, and its outcomes against plan.

    `variance` has VARIANCE_COLUMNS and `signals` SIGNAL_COLUMNS of all revisions; a rule of the playbook that found
    effort at fault (`shifts`, FIX_SLA_COLUMNS of all revisions) is a signal too.
    """
    judged = variance.loc[variance["state"] != BLOCKED]
    open_ = _open_signals(signals, shifts)
    empty: dict[Subject, dict[str, object]] = {}
    found: list[WeekSeen] = []
    for (week, revision), rows in judged.groupby(["week_start", "revision"]):
        key = (_day(week), int(str(revision)))
        ratio = divided(rows["actual"].to_numpy(dtype=np.float64), rows["plan"].to_numpy(dtype=np.float64))
        names = zip(rows["metric"], rows["source"], rows["segment"], ratio, strict=True)
        outcomes = {(str(m), str(s), str(g)): None if np.isnan(r) else float(r) for m, s, g, r in names}
        seen_at = pd.Timestamp(rows["as_of"].iloc[0]).to_pydatetime()
        found.append(WeekSeen(key[0], key[1], seen_at, open_.get(key, empty), outcomes))
    return found


def _open_signals(
    signals: pd.DataFrame, shifts: pd.DataFrame
) -> dict[tuple[date, int], dict[Subject, dict[str, object]]]:
    own = signals.loc[signals["signal_state"] == OPEN_SIGNAL, list(SIGNAL_COLUMNS)]
    slow = shifts.loc[shifts["verdict"] == FIX_SLA]
    slow = slow.assign(
        signal=FIX_SLA, subject=slow["from_source"], source=slow["from_source"], segment=ALL, owner_role=None,
        evidence=slow["reason"],
    )  # fmt: skip
    found: dict[tuple[date, int], dict[Subject, dict[str, object]]] = {}
    for row in [*own.to_dict("records"), *slow.to_dict("records")]:
        risk, role = row["money_at_risk"], row["owner_role"]
        facts: dict[str, object] = {
            "source": row["source"],
            "segment": row["segment"],
            "owner_role": role if isinstance(role, str) else None,
            "money_at_risk": None if pd.isna(risk) else float(risk),
            "evidence": row["evidence"],
        }
        key = (_day(row["week_start"]), int(row["revision"]))
        found.setdefault(key, {})[(str(row["signal"]), str(row["subject"]))] = facts
    return found


def action_frame(actions: Iterable[Action], today: date) -> pd.DataFrame:
    """ACTION rows with their state on `today`."""
    return pd.DataFrame([_row(action, today) for action in actions], columns=ACTION_SCHEMA.names)


def _row(action: Action, today: date) -> dict[str, object]:
    policy, signed, state = action.policy, action.signed, action.state(today)
    return {
        "action_id": action.action_id,
        "signal": action.signal,
        "subject": action.subject,
        "source": action.source,
        "segment": action.segment,
        "opened_week": action.opened_week,
        "opened_on": action.opened_on,
        "due_on": action.due_on,
        "owner": action.owner,
        "controller": policy.controller,
        "state": state,
        "escalated_to": policy.escalate_to if state == "escalated" else None,
        "expected_outcome": expected_outcome(policy),
        "outcome_metric": policy.outcome_metric,
        "outcome_target": policy.outcome_target,
        "measured_outcome": action.measured,
        "good_weeks": action.good_weeks,
        "confirm_weeks": policy.confirm_weeks,
        "is_confirmed": action.is_confirmed,
        "signed_by": signed["signed_by"] if signed else None,
        "signed_at": signed["signed_at"] if signed else None,
        "signed_because": signed["why"] if signed else None,
        "ended_on": action.ended_on,
        "withdrawn_because": action.withdrawn_because,
        "last_seen_week": action.last_seen_week,
        "money_at_risk": action.money_at_risk,
        "evidence": action.evidence,
    }


def expected_outcome(policy: Policy) -> str:
    """The outcome in words."""
    weeks = f"{policy.confirm_weeks} week{'s' if policy.confirm_weeks > 1 else ''} in a row"
    if policy.outcome_metric == SIGNAL_GONE:
        return f"the signal is gone for {weeks}"
    return f"{policy.outcome_metric} at {policy.outcome_target:.0%} of plan or more for {weeks}"


def _day(value: object) -> date:
    return pd.Timestamp(str(value)).date()
