"""A change of tactics that was not matched with people, and the tactics that starve for it.

Belongs here: how far the spend mix moved, what hours it needs, and who is short. Does not belong here: waits and heads
of a team (`capacity.py`). Sources, tactics and roles are axes of plain arrays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Bools, Floats, divided, floats, not_negative

MOVED, MOVED_MAJOR = 0.10, 0.25
UNMATCHED = 0.10
"""Excess of the growth of required hours over that of available hours, from which a pivot lacks resources."""
SATURATED = 0.9


@dataclass(frozen=True)
class Pivot:
    """Whether tactics changed, and per role (roles,): growth of need less growth of hours, utilisation, shortness."""

    total_variation: float
    stability_index: float
    is_change: bool
    unmatched: Floats
    utilisation: Floats
    hours_short: Floats
    short: Bools

    @property
    def without_resources(self) -> bool:
        """A change of tactics that some role cannot carry."""
        return self.is_change and bool(self.short.any())


def mix(amounts: ArrayLike) -> Floats:
    """Shares of the total, over the last axis; all 0 where nothing is spent."""
    values = floats(amounts)
    not_negative(amounts=values)
    return np.nan_to_num(divided(values, values.sum(axis=-1, keepdims=True)))


def total_variation(actual: ArrayLike, expected: ArrayLike) -> Floats:
    """TV = half the sum of |differences of shares|, over the last axis; 0..1."""
    return np.abs(mix(actual) - mix(expected)).sum(axis=-1) / 2


def stability_index(actual: ArrayLike, expected: ArrayLike, least: float = 1e-4) -> Floats:
    """PSI = sum (a - e) ln(a / e) over the last axis; shares under `least` count as `least`."""
    a, e = np.maximum(mix(actual), least), np.maximum(mix(expected), least)
    return ((a - e) * np.log(a / e)).sum(axis=-1)


def required_hours(leads: ArrayLike, reach: ArrayLike, hours: ArrayLike) -> Floats:
    """H_r = sum over sources of leads (sources,) x probability of reaching role r x hours it takes there."""
    return (floats(leads)[:, None] * floats(reach) * floats(hours)).sum(axis=0)


def assess(
    spend: ArrayLike,
    planned_spend: ArrayLike,
    required: ArrayLike,
    required_before: ArrayLike,
    available: ArrayLike,
    available_before: ArrayLike,
    plan_changed: bool = False,
) -> Pivot:
    """Compares the week's tactics (spend by tactic) with the plan's, and hours by role with those before the change.

    A change is TV or PSI of at least 0.10, or a new plan version. A role is short where need grew at least 0.10 more
    than hours, or its utilisation exceeds 0.9.
    """
    variation, index = float(total_variation(spend, planned_spend)), float(stability_index(spend, planned_spend))
    need, hours = floats(required), floats(available)
    grown = _growth(need, floats(required_before)) - _growth(hours, floats(available_before))
    usage = np.where(hours > 0, np.nan_to_num(divided(need, hours)), np.where(need > 0, np.inf, 0.0))
    return Pivot(
        total_variation=variation,
        stability_index=index,
        is_change=plan_changed or variation >= MOVED or index >= MOVED,
        unmatched=grown,
        utilisation=usage,
        hours_short=np.maximum(need - hours, 0.0),
        short=(grown >= UNMATCHED) | (usage > SATURATED),
    )


def starvation(served: ArrayLike, required: ArrayLike, served_before: ArrayLike) -> tuple[Floats, Bools]:
    """Index 1 - served / required hours per tactic, and whether it starves while another was served more than before.

    A tactic with no requirement has index 0. Whether its queue grew without more supply is for the XmR chart to say.
    """
    given, earlier = floats(served), floats(served_before)
    index = np.nan_to_num(np.maximum(0.0, 1 - divided(given, required)))
    rose = given > earlier
    another_rose = (rose.sum() - rose) > 0
    return index, (index > 0) & (given < earlier) & another_rose


def cost_of_shortage(hours_short: ArrayLike, hours_per_meeting: ArrayLike, value_of_meeting: ArrayLike) -> Floats:
    """Money a week: meetings that the missing hours would have held, at their value."""
    return np.nan_to_num(divided(hours_short, hours_per_meeting)) * floats(value_of_meeting)


def _growth(now: Floats, before: Floats) -> Floats:
    """Relative growth; infinite from nothing to something, 0 from nothing to nothing."""
    ratio = np.nan_to_num(divided(now - before, before))
    return np.where(before > 0, ratio, np.where(now > 0, np.inf, 0.0))
