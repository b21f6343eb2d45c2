"""All signals of a week, in one frame.

Belongs here: which kinds there are, and what the data gates do to them. Does not belong here: any
kind (`*_signals.py`).
"""

from collections.abc import Iterator
from datetime import date, datetime

import pandas as pd

from orchestration.control.account_signals import account_signals
from orchestration.control.data_gates import DataGates
from orchestration.control.data_signals import data_signals
from orchestration.control.disconnect_signals import disconnect_signals
from orchestration.control.resource_signals import resource_signals
from orchestration.control.signal_rows import DATA, OPEN, WATCH, Row, signal_frame
from orchestration.control.standing import Standing
from orchestration.control.week_inputs import WeekInputs
from orchestration.control.week_state import JudgedWeek


def weekly_signals(
    inputs: WeekInputs, week: JudgedWeek, standing: Standing | None, gates: DataGates, is_closed: bool, as_of: datetime
) -> pd.DataFrame:
    """The week's signals, one row per signal and subject, `signal_rows.COLUMNS` with week_start, iso_week and as_of.

    A week that is not closed, or that nothing is known of (no `standing`), has only what its data say: a late feed is
    nobody's fault. Where leads have lost their source, no tactic is judged by its volume; where the week's truth came
    late, no tactic is newly accused: what was open stays in sight as a watch. `standing` is of tactics.
    """
    rows = _judged(inputs, week.week_start, standing, gates) if standing is not None and is_closed else []
    at_risk = sum(row.get("money_at_risk") or 0.0 for row in rows if row["signal_state"] == OPEN)
    late = "" if is_closed else week.reason
    rows += list(data_signals(gates, at_risk, late))
    frame = signal_frame(rows).assign(data_passed=gates.passed)
    sure = ["confidence", "confidence_of_a_tenth"]
    frame[sure] = frame[sure].where(frame["owner"] != DATA)
    return frame.assign(week_start=pd.Timestamp(week.week_start), iso_week=week.iso_week, as_of=as_of)


def _held(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows that stood before the late week, as a watch."""
    for row in rows:
        if row["weeks_lasted"] > 1:
            yield row | {"signal_state": WATCH, "evidence": f"{row['evidence']}; held: the week's data came late"}


def _judged(inputs: WeekInputs, week: date, standing: Standing, gates: DataGates) -> list[Row]:
    def all_kinds() -> Iterator[Row]:
        if gates.is_attributed:
            tactics = disconnect_signals(standing, inputs.owners)
            yield from _held(tactics) if gates.is_late else tactics
        yield from resource_signals(inputs, week)
        yield from account_signals(inputs, week)

    return list(all_kinds())
