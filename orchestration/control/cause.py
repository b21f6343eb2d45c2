"""Whose fault a fall in meetings is: the criteria's, the effort's, or the fit's.

Belongs here: the exact split of the change between readiness, effort and fit, and the probability of each cause. Does
not belong here: whether there is a fall at all (`disconnect.py`), what is done about it (`playbook.py`).

Meetings = leads x ready share x expected conversion at the actual service mix x fit. The expected conversion is
e = s q_in + (1 - s) q_out with s the share handled within SLA and q planned. Marketing owns readiness, sales owns
effort, fit (offer, profile, skill) is joint; volume is the source's.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from orchestration.control import cusum
from orchestration.control.agreement import criteria_are_ambiguous
from orchestration.control.arrays import Floats, divided, floats, not_negative, share
from orchestration.control.decomposition import lmdi

FACTORS = ("volume", "ready", "effort", "fit")
CAUSES = ("none", "ready", "effort", "fit")
OWNER_OF_FACTOR = {"volume": "marketing", "ready": "marketing", "effort": "sales", "fit": "joint"}
DECIDED = 0.9


@dataclass(frozen=True)
class Handoff:
    """A window of leads of each source, (sources,): leads, share ready, share within SLA, meetings they gave."""

    leads: Floats
    ready: Floats
    within_sla: Floats
    meetings: Floats


def expected_conversion(within_sla: ArrayLike, rate_within: ArrayLike, rate_late: ArrayLike) -> Floats:
    """e = s q_in + (1 - s) q_out: meetings per ready lead that the plan expects at this service mix."""
    share(within_sla=within_sla)
    s = floats(within_sla)
    return s * floats(rate_within) + (1 - s) * floats(rate_late)


def split(plan: Handoff, actual: Handoff, rate_within: ArrayLike, rate_late: ArrayLike) -> Floats:
    """Effects in meetings, (sources, FACTORS), by LMDI; each row sums to actual - planned meetings exactly.

    `plan.meetings` is implied by its other columns and not read; actual meetings must be matured to the plan's age.
    Where a source has no ready lead its fit is unknown and stands as planned.
    """
    sides: list[Floats] = []
    for side, meetings in ((plan, None), (actual, actual.meetings)):
        expected = expected_conversion(side.within_sla, rate_within, rate_late)
        fit = np.ones_like(expected) if meetings is None else divided(meetings, side.leads * side.ready * expected)
        sides.append(np.stack([side.leads, side.ready, expected, np.nan_to_num(fit, nan=1.0)], axis=1))
    not_negative(plan=sides[0], actual=sides[1])
    return lmdi(sides[0], sides[1])


def shares_of_loss(effects: ArrayLike) -> Floats:
    """Share of ready, effort and fit in what was lost, (sources, 3), over their losses; gains count nothing."""
    losses = np.maximum(-floats(effects)[:, 1:], 0.0)
    return np.nan_to_num(divided(losses, losses.sum(axis=1, keepdims=True)))


def effort_for_loss(
    within_sla: ArrayLike, rate_within: ArrayLike, rate_late: ArrayLike, theta: float = cusum.SMALLEST_LOSS
) -> Floats:
    """The share within SLA at which effort alone would cost 1 - theta of the meetings, at least 1 %."""
    goal = theta * expected_conversion(within_sla, rate_within, rate_late)
    return np.clip(divided(goal - floats(rate_late), floats(rate_within) - floats(rate_late)), 0.01, 1.0)


def posterior(ready: ArrayLike, effort: ArrayLike, fit: ArrayLike, prior: ArrayLike = (0.25,) * 4) -> Floats:
    """P(none, ready, effort, fit), (..., 4), from the sums of each cause's log-likelihood ratio against none.

    Ratios come from `cusum.binomial_score` (accepted of decided at plan; within SLA of handled, theta from
    `effort_for_loss`) and `cusum.poisson_score` (meetings against those expected of the leads accepted at the actual
    service mix), divided by the dispersion and summed since the change point, with `cusum.diluted` thetas.
    """
    ratios = np.stack([np.zeros_like(floats(ready)), floats(ready), floats(effort), floats(fit)], axis=-1)
    return cast(Floats, special.softmax(ratios + np.log(floats(prior)), axis=-1))


def verdict(
    probabilities: ArrayLike, audit_kappa: ArrayLike = np.nan
) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    """The cause with posterior of at least 0.9, else 'undecided'; 'criteria' where the audit's readers disagree.

    `audit_kappa` is Cohen's kappa of this source's audit, NaN where there was none.
    """
    chance = floats(probabilities)
    best = np.array(CAUSES)[chance.argmax(axis=-1)]
    named = np.where(chance.max(axis=-1) >= DECIDED, best, "undecided")
    return np.where(criteria_are_ambiguous(audit_kappa), "criteria", named)
