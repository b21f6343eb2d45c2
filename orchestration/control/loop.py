"""The part of a weekly run that closes the loop: its shifts, results of earlier ones, and what they say of the rules.

Belongs here: what a week must know of the weeks before it, in one run over several weeks. Does not belong here: any
rule (`shift_week.py`, `shift_results.py`, `playbook_calibration.py`) or storing (`revisions.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from orchestration.control.append_log import Entry
from orchestration.control.data_gates import gates_at
from orchestration.control.decisions import decisions_until
from orchestration.control.loop_schemas import PLAYBOOK_CALIBRATION, SHIFT_EVALUATIONS, WEEKLY_SHIFTS
from orchestration.control.playbook_calibration import calibrate
from orchestration.control.playbook_inputs import (
    cohorts_of,
    moved_so_far,
    plan_cost,
    playbook_week,
    read_rules,
    rules_known,
)
from orchestration.control.revisions import RevisionStore
from orchestration.control.shift_results import evaluate_shifts
from orchestration.control.shift_states import as_history, shift_states
from orchestration.control.shift_week import decision_day, shifts_of_week, stands
from orchestration.control.standing import Standing, standing_at
from orchestration.control.week_inputs import WeekInputs
from orchestration.control.week_state import JudgedWeek
from orchestration.ingest.lake import naive_utc
from orchestration.partitions import business_date
from orchestration.settings import Settings


@dataclass
class Loop:
    """One run's view of all weeks: what the weeks decided and how it turned out, kept up to date as weeks are added."""

    settings: Settings
    store: RevisionStore
    as_of: datetime
    inputs: WeekInputs
    rules: pd.DataFrame
    decisions: Sequence[Entry]
    shifts: pd.DataFrame
    evaluations: pd.DataFrame

    @classmethod
    def open(
        cls,
        settings: Settings,
        store: RevisionStore,
        inputs: WeekInputs,
        con: duckdb.DuckDBPyConnection,
        as_of: datetime,
    ) -> "Loop":
        """Read everything as of `as_of` (aware); `inputs` were read from `con`, as `open_served` gives it."""
        until = naive_utc(as_of)
        return cls(
            settings=settings,
            store=store,
            as_of=as_of,
            inputs=inputs,
            rules=read_rules(con),
            decisions=decisions_until(settings, as_of),
            shifts=store.latest_rows(WEEKLY_SHIFTS, until),
            evaluations=store.latest_rows(SHIFT_EVALUATIONS, until),
        )

    def rows_of(self, week: JudgedWeek) -> dict[str, pd.DataFrame]:
        """The week's rows for the tables of `loop_schemas.LOOP_TABLES`; a blocked week decides nothing."""
        first = self.inputs.first_week
        if week.state == "blocked" or first is None or first > week.week_start:
            return {}
        known = self.inputs.until(week.week_start)
        standing = standing_at(known, week.week_start, "source")
        shifts = self._shifts(week, known, standing)
        self.shifts = _with_week(self.shifts, shifts, week)
        results = evaluate_shifts(self._states(week), cohorts_of(standing), plan_cost(self.inputs, week.week_start))
        self.evaluations = _with_week(self.evaluations, results, week)
        until = pd.to_datetime(self.evaluations["week_start"]) <= pd.Timestamp(week.week_start)
        calibration = calibrate(self.evaluations.loc[until]).assign(week_start=week.week_start)
        stamp = naive_utc(self.as_of)
        tables = {WEEKLY_SHIFTS: shifts, SHIFT_EVALUATIONS: results, PLAYBOOK_CALIBRATION: calibration}
        return {name: rows.assign(as_of=stamp) for name, rows in tables.items()}

    def _shifts(self, week: JudgedWeek, known: WeekInputs, standing: Standing) -> pd.DataFrame:
        today = business_date(self.as_of, self.settings.zone)
        own = pd.to_datetime(self.shifts["week_start"]) == pd.Timestamp(week.week_start)
        before = self.shifts.loc[own]
        if self.store.latest(week.week_start) is not None and stands(week.week_start, before, today):
            return before.drop(columns="revision")
        states = self._states(week)
        decided_on, _ = decision_day(week.week_start, today)
        read = playbook_week(
            known,
            standing,
            gates_at(self.inputs, week.week_start, naive_utc(self.as_of)),
            rules_known(self.rules, week.week_start, self.settings.zone),
            {str(source): float(net) for source, net in moved_so_far(states, decided_on).items()},
        )
        return shifts_of_week(read, today, naive_utc(self.as_of), as_history(states, decided_on))

    def _states(self, week: JudgedWeek) -> pd.DataFrame:
        """States of the shifts of this week and of those before it, on the day of the run."""
        until = pd.to_datetime(self.shifts["week_start"]) <= pd.Timestamp(week.week_start)
        return shift_states(self.shifts.loc[until], self.decisions, business_date(self.as_of, self.settings.zone))


def _with_week(rows: pd.DataFrame, own: pd.DataFrame, week: JudgedWeek) -> pd.DataFrame:
    """`rows` with the week's own in place of what they had of it."""
    others = rows.loc[pd.to_datetime(rows["week_start"]) != pd.Timestamp(week.week_start)]
    parts = [part for part in (others, own.assign(revision=0)) if len(part)]
    joined = pd.concat(parts, ignore_index=True) if parts else rows
    return joined.assign(week_start=pd.to_datetime(joined["week_start"]))
