"""How fast money and accounts move: pipeline velocity and its drivers, stalled accounts, accounts due to advance.

Belongs here: velocity, dwell among peers, what is still to be expected of an account. Does not belong here: the
curves (`maturation.competing_risk_curve`, of dwell by stage). The control metric is accounts advanced over accounts
due, never meetings booked alone.
"""

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Bools, Floats, divided, floats, not_negative
from orchestration.control.decomposition import lmdi
from orchestration.control.maturation import Curve

FACTORS = ("opportunities", "value", "win_rate", "cycle")
STALLED = 0.85
"""Dwell percentile among peers from which an account is stalled."""
FAR_TOO_SLOW = 2.0


def pipeline_velocity(opportunities: ArrayLike, value: ArrayLike, win_rate: ArrayLike, cycle_days: ArrayLike) -> Floats:
    """Money per day, n x value x win rate / cycle; `cycle_days` is the median of all, not of the won alone."""
    return divided(floats(opportunities) * floats(value) * floats(win_rate), cycle_days)


def velocity_effects(before: ArrayLike, after: ArrayLike) -> Floats:
    """Money per day that each factor added, (rows, FACTORS), by LMDI; rows sum to the change of velocity.

    `before` and `after` have the columns opportunities, value, win rate, cycle in days (positive).
    """
    sides = [floats(side).copy() for side in (before, after)]
    not_negative(before=sides[0], after=sides[1])
    for side in sides:
        if (side[:, 3] <= 0).any():
            raise ValueError("a cycle must last more than 0 days")
        side[:, 3] = 1 / side[:, 3]
    return lmdi(sides[0], sides[1])


def dwell_percentile(peers: Curve, dwell_weeks: ArrayLike) -> Floats:
    """Share of peers that had left the stage, either way, by this dwell; beyond the last age it stays."""
    return 1 - _still_open(peers, floats(dwell_weeks))


def stalled(peers: Curve, dwell_weeks: ArrayLike) -> Bools:
    """True where at least 85 % of peers had moved on by this dwell."""
    return dwell_percentile(peers, dwell_weeks) >= STALLED


def chance_to_advance(peers: Curve, dwell_weeks: ArrayLike, within_weeks: ArrayLike | None = None) -> Floats:
    """P(advance in the next weeks | still here after `dwell_weeks`): the landmark form of Aalen-Johansen.

    To the end of the curve when `within_weeks` is not given; NaN where no peer stayed that long.
    """
    dwell = floats(dwell_weeks)
    last = len(peers.converted) - 1
    until = np.full_like(dwell, last) if within_weeks is None else dwell + floats(within_weeks)
    gained = peers.converted[_at(until, last)] - peers.converted[_at(dwell, last)]
    return divided(gained, _still_open(peers, dwell))


def remaining_weeks(peers: Curve, dwell_weeks: ArrayLike, longest: float = np.inf) -> Floats:
    """Mean further weeks in the stage, given still here: sum of S beyond dwell / S(dwell), within the curve's ages."""
    dwell = floats(dwell_weeks)
    beyond = peers.open.sum() - np.cumsum(peers.open)
    mean = divided(beyond[_at(dwell, len(beyond) - 1)], _still_open(peers, dwell))
    return np.minimum(mean, longest)


def slowness(survivals: ArrayLike) -> tuple[Floats, Bools]:
    """Mean Cox-Snell residual of an account, and whether it is far too slow (over 2; about 1 is as expected).

    `survivals` (accounts, stages) is S(dwell) of peers in each stage visited, NaN where not visited; the residual
    -ln S(dwell) is 1 on average for an account that moves as its peers. At S = 0 it counts as one in a thousand.
    """
    residual = -np.log(np.maximum(floats(survivals), 1e-3))
    seen = ~np.isnan(residual)
    mean = divided(np.where(seen, residual, 0.0).sum(axis=-1), seen.sum(axis=-1))
    return mean, mean > FAR_TOO_SLOW


def advanced_of_due(advanced: ArrayLike, due: ArrayLike) -> Floats:
    """Accounts that advanced this week of those due to; NaN where none was due."""
    return divided(advanced, due)


def _still_open(peers: Curve, dwell: Floats) -> Floats:
    known = np.where(dwell < 0, 1.0, peers.open[_at(dwell, len(peers.open) - 1)])
    return np.where(np.isnan(dwell), np.nan, known)


def _at(weeks: Floats, last: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.clip(np.nan_to_num(weeks), 0, last).astype(np.int64)
