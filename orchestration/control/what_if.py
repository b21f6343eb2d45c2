"""The playbook over past weeks: what changed rules would have done.

Belongs here: running week after week with the shifts of the weeks before as history. Does not belong here: reading the
weeks' inputs, or what the moves would have earned (`evaluation.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from orchestration.control.playbook import Rule
from orchestration.control.shift_rows import shift_frame
from orchestration.control.shifts import decide


@dataclass(frozen=True)
class Week:
    """Inputs of `shifts.decide` as they were known when the week was decided."""

    week_start: date
    decided_on: date
    evidence: pd.DataFrame
    sources: pd.DataFrame
    teams: pd.DataFrame


def replay(rules: Sequence[Rule], weeks: Iterable[Week]) -> pd.DataFrame:
    """SHIFTS rows of all weeks, oldest first. Spend stays as it was: a shift here moves no later week's money."""
    history = shift_frame([])
    for week in sorted(weeks, key=lambda w: w.week_start):
        found = decide(rules, week.week_start, week.decided_on, week.evidence, week.sources, week.teams, history)
        history = pd.concat([history, found], ignore_index=True)
    return history
