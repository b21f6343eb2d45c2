# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The playbook over past weeks: what changed rules would have done, and what that would have earned.

Belongs here: running week after week with the shifts of the weeks before as history, and the value of the moves. Does
not belong here: reading marts, printing (`commands/whatif.py`), or judging a shift that really happened
(`shift_results.py`).

Every shift counts as agreed. What it earns is read off each source's response curve around what really happened:
matured acquisitions of the week, at the spend with and without the move. That is a model's answer, not a measurement.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from orchestration.control.arrays import divided
from orchestration.control.data_gates import gates_at
from orchestration.control.playbook import RESERVE, Rule
from orchestration.control.playbook_inputs import elasticities, playbook_week
from orchestration.control.shift_rows import MOVES, shift_frame
from orchestration.control.shifts import decide
from orchestration.control.standing import Standing, standing_at
from orchestration.control.week_inputs import WeekInputs

WEEK = timedelta(days=7)


def standings(inputs: WeekInputs, weeks: Sequence[date]) -> list[Standing]:
    """The sources' standing at the end of each week in which anything is known."""
    first = inputs.first_week
    return [standing_at(inputs, week, "source") for week in weeks if first is not None and week >= first]


def replay_company(
    inputs: WeekInputs, past: Sequence[Standing], rules_of: Callable[[date], tuple[Rule, ...]]
) -> pd.DataFrame:
    """SHIFTS rows of the past weeks under `rules_of` each week; money that one week moves is where it was moved to in
    the next. Each week is decided on the Monday after it."""
    history = shift_frame([])
    for standing in past:
        monday = standing.week + WEEK
        moved = {str(source): float(net) for source, net in standing_moves(history, monday).items()}
        rules = rules_of(standing.week)
        gates = gates_at(inputs, standing.week, datetime.combine(monday, time()))
        read = playbook_week(inputs, standing, gates, rules, moved)
        found = decide(rules, standing.week, monday, read.evidence, read.sources, read.teams, history)
        history = pd.concat([history, found], ignore_index=True)
    return history


def as_if_agreed(rules: Sequence[Rule], first_week: date) -> tuple[Rule, ...]:
    """The newest version of every rule, as if it had been approved before `first_week` and were still valid."""
    newest = {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.version)}
    before = {"approved_on": first_week - WEEK, "valid_from": first_week - WEEK, "valid_to": None}
    return tuple(rule.model_copy(update=before) for rule in newest.values())


def standing_moves(shifts: pd.DataFrame, day: date) -> "pd.Series[float]":
    """Money a week that moves in effect on `day` have brought to each source and the reserve, less what they took."""
    moving = shifts.loc[shifts["state"].isin(MOVES)]
    moving = moving.loc[[effective <= day for effective in moving["effective_on"]]]
    amount = moving["amount"].astype(np.float64)
    ends = pd.concat([moving["to_source"], moving["from_source"]], ignore_index=True)
    return pd.concat([amount, -amount], ignore_index=True).groupby(ends).sum().round(2)


def earned(shifts: pd.DataFrame, newest: Standing, weeks: Sequence[date]) -> pd.DataFrame:
    """What the moves would have brought in each of `weeks`: week_start, moved, reserved (money), gained (acquisitions).

    `newest` is the standing that knows most: it tells what each week's cohort has come to.
    """
    power, won = elasticities(newest), newest.ripe["won"].ultimate
    spend = np.nan_to_num(newest.spend)
    column = {week: index for index, week in enumerate(newest.axes.weeks)}
    rows: list[tuple[date, float, float, float]] = []
    for week in weeks:
        net = standing_moves(shifts, week + timedelta(days=1))
        there = np.array([float(net.get(source, 0.0)) for source in newest.axes.sources])
        if week not in column:
            continue
        own, got = spend[:, column[week]], np.nan_to_num(won[:, column[week]])
        grown = np.maximum(divided(own + there, own), 0.0) ** power - 1
        gain = float(np.nan_to_num(got * grown).sum())
        rows.append((week, float(-there[there < 0].sum()), float(net.get(RESERVE, 0.0)), gain))
    return pd.DataFrame(rows, columns=["week_start", "moved", "reserved", "gained"])
