"""Signals of a change of tactics that was not matched with people, and of the tactics that starve for it.

Belongs here: what is compared with what, and since when it lasts. Does not belong here: the comparison (`pivot.py`),
or a team's waits (`capacity_week.py`).

The last four weeks stand against the quarter before them; the plan's own resource lines say what a tactic was given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, takewhile

import numpy as np
import pandas as pd

from orchestration.control import pivot
from orchestration.control.arrays import Bools, Floats, divided
from orchestration.control.axes import Axes, axes_of, weeks_until
from orchestration.control.capacity import BUSY
from orchestration.control.charts import xmr_chart
from orchestration.control.policy import Policy, policy_in_force
from orchestration.control.signal_rows import JOINT, OPEN, PIVOT, SALES, STARVATION, WATCH, Row, signal_row
from orchestration.control.week_inputs import WeekInputs

NOW, QUARTER, LONGEST, RUNS = 4, 13, 8, 2
LEAST_STARVED = 0.05
"""Share of a tactic's work that must be left undone for it to starve."""


@dataclass(frozen=True)
class Work:
    """Hours of each team's tactics by week, (tactics, weeks): offered, served; WIP in leads; open hours of the team."""

    team: str
    offered: Floats
    served: Floats
    wip: Floats
    available: Floats


def resource_signals(inputs: WeekInputs, week: date) -> Iterator[Row]:
    """Rows of both kinds for the end of `week`; none without spend, or before there is a quarter to compare with."""
    known = inputs.until(week)
    if known.first_week is None or (week - known.first_week).days < 7 * (NOW + NOW):
        return
    weeks = weeks_until(week, known.first_week, NOW + QUARTER)
    axes = axes_of([known.actual, known.plan], weeks, "tactic")
    policy = policy_in_force(known.policy, week)
    for team in sorted(known.capacity["team"].unique()):
        work = _work(known, axes, team)
        if not np.isnan(work.available[:, -1]).any() and work.offered[:, -NOW:].sum() > 0:
            yield from _team_signals(known, axes, work, policy)


def _team_signals(inputs: WeekInputs, axes: Axes, work: Work, policy: Policy) -> Iterator[Row]:
    assessed = (_assess(inputs, axes, work, back) for back in range(min(LONGEST, len(axes.weeks) - NOW - NOW)))
    now = next(assessed)
    lasted = sum(1 for _ in takewhile(lambda each: each.without_resources, chain([now], assessed)))
    if now.without_resources:
        per_meeting = _hours_per_meeting(inputs, axes, work)
        yield _pivot_row(axes, work, now, lasted, per_meeting, policy)
    if now.is_change or now.utilisation[0] > pivot.SATURATED:
        yield from _starved(axes, work, now)


def _assess(inputs: WeekInputs, axes: Axes, work: Work, back: int) -> pivot.Pivot:
    """The pivot of one team as it stood `back` weeks earlier."""
    last = len(axes.weeks) - back
    recent, before = slice(last - NOW, last), slice(max(0, last - NOW - QUARTER), last - NOW)
    spend, planned = axes.dense(inputs.actual, "spend"), axes.dense(inputs.plan, "spend")
    versions = inputs.plan.groupby("week_start")["plan_version"].max()
    changed = versions.reindex(pd.to_datetime(list(axes.weeks[before.start : last]))).dropna().nunique() > 1
    return pivot.assess(
        np.nan_to_num(spend[:, recent]).sum(axis=1),
        np.nan_to_num(planned[:, recent]).sum(axis=1),
        [work.offered[:, recent].sum(axis=0).mean()],
        [work.offered[:, before].sum(axis=0).mean()],
        [work.available[0, recent].mean()],
        [work.available[0, before].mean()],
        plan_changed=changed,
    )


def _pivot_row(axes: Axes, work: Work, found: pivot.Pivot, lasted: int, per_meeting: float, policy: Policy) -> Row:
    hours = float(found.hours_short[0])
    team, usage, unmatched = work.team, float(found.utilisation[0]), float(found.unmatched[0])
    text = (
        f"{team}: the tactics changed (spend {found.total_variation:.0%} off the planned mix) and the work grew"
        f" {unmatched:+.0%} more than the hours; utilisation {usage:.0%}, {hours:.0f} hours a week short"
    )
    facts = {
        "total_variation": found.total_variation,
        "stability_index": found.stability_index,
        "growth_of_work_less_hours": unmatched,
        "utilisation": usage,
        "hours_short": hours,
    }
    cost = pivot.cost_of_shortage([hours], [per_meeting], [policy.value_of_meeting])
    # A team that still has room can carry the change: worth a look, not an alarm.
    state = OPEN if lasted >= RUNS and usage > BUSY else WATCH
    return signal_row(PIVOT, team, state, JOINT, text, facts) | {
        "team": team,
        "weeks_lasted": lasted,
        "began_week": axes.weeks[-1] - timedelta(weeks=lasted - 1),
        "money_at_risk": float(cost[0]) if policy.value_of_meeting > 0 else None,
        "cause": "capacity",
    }


@dataclass(frozen=True)
class _Serving:
    """Hours a week of each tactic: served, needed, served before; and which tactics starve."""

    served: Floats
    required: Floats
    earlier: Floats
    index: Floats
    starves: Bools


def _serving(work: Work, back: int) -> _Serving:
    """As it stood `back` weeks earlier: starving takes a queue that grew by more than its own noise."""
    last = work.offered.shape[1] - back
    recent, before = slice(last - NOW, last), slice(0, last - NOW)
    served, earlier = work.served[:, recent].mean(axis=1), work.served[:, before].mean(axis=1)
    required = work.offered[:, recent].mean(axis=1)
    index, starves = pivot.starvation(served, required, earlier)
    queue = work.wip[:, last - 1] > xmr_chart(work.wip[:, before]).upper[:, -1]
    return _Serving(served, required, earlier, index, starves & (index >= LEAST_STARVED) & queue)


def _starved(axes: Axes, work: Work, found: pivot.Pivot) -> Iterator[Row]:
    """Tactics that are served less than before and less than they need, two weeks running, while others get more."""
    now = _serving(work, 0)
    for row in np.flatnonzero(now.starves & _serving(work, 1).starves):
        lasted = 2
        while lasted < min(LONGEST, len(axes.weeks) - NOW - NOW) and _serving(work, lasted).starves[row]:
            lasted += 1
        source, segment = axes.sources[row], axes.segments[row]
        text = (
            f"{source}/{segment} in {work.team}: {now.served[row]:.0f} of {now.required[row]:.0f} hours a week served,"
            f" {now.earlier[row]:.0f} before, while other tactics are served more; {work.wip[row, -1]:.0f} leads wait"
        )
        facts = {
            "starvation_index": now.index[row],
            "served_hours": now.served[row],
            "required_hours": now.required[row],
            "served_hours_before": now.earlier[row],
            "waiting": work.wip[row, -1],
            "total_variation": found.total_variation,
        }
        yield signal_row(STARVATION, f"{source}/{segment}/{work.team}", OPEN, SALES, text, facts) | {
            "source": source,
            "segment": segment,
            "team": work.team,
            "weeks_lasted": lasted,
            "began_week": axes.weeks[-lasted],
            "cause": "capacity",
        }


def _work(inputs: WeekInputs, axes: Axes, team: str) -> Work:
    flow = inputs.flow.loc[inputs.flow["team"] == team]
    offered, served, wip = (np.nan_to_num(axes.dense(flow, name)) for name in ("offered_hours", "served_hours", "wip"))
    lines = inputs.capacity.loc[inputs.capacity["team"] == team].set_index("week_start")
    hours = lines["people"] * lines["hours_per_person"] * lines["availability"]
    available = hours.reindex(pd.to_datetime(list(axes.weeks))).to_numpy(dtype=np.float64)
    return Work(team, offered, served, wip, available[None, :])


def _hours_per_meeting(inputs: WeekInputs, axes: Axes, work: Work) -> float:
    """The team's hours per meeting held, over the last four weeks; NaN without a meeting."""
    meetings = np.nan_to_num(axes.dense(inputs.actual, "meetings"))[:, -NOW:].sum()
    return float(divided(work.offered[:, -NOW:].sum(), meetings))
