"""Where money does most: response curves, marginal cost, and the best spread of a budget within limits.

Belongs here: concave response A(B) = a B^b, its marginal cost per acquisition, exact water-filling, and how sure it is
that one source does better than another. Does not belong here: when money may move at all (`shifts.py`).

Arrays have shape (sources,). Source: separable concave allocation by its Lagrange multiplier (Everett 1963); with
b = 0.5 it agrees with the closed form B_s proportional to a_s^2.
"""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from orchestration.control.arrays import Floats, divided, floats, not_negative

ELASTICITY, ELASTICITY_SD = 0.7, 0.15
"""Prior of b, from published marketing-mix studies, and how far a source may stray from it."""
LEAST_ELASTICITY, MOST_ELASTICITY = 0.05, 0.95


def elasticity(spend: ArrayLike, acquisitions: ArrayLike) -> Floats:
    """b of each source from its own weeks, (sources, weeks), shrunk to the prior; (sources,).

    Weighted regression of ln(acquisitions) on ln(spend), a week weighing as many as it has acquisitions (the variance
    of the logarithm of a count), and a normal prior. A source that never varied its spend keeps the prior. Matured
    acquisitions only; weeks with either at 0 are left out.
    """
    b, a = floats(spend), floats(acquisitions)
    use = (b > 0) & (a > 0)
    x, y, w = np.log(np.where(use, b, 1.0)), np.log(np.where(use, a, 1.0)), np.where(use, a, 0.0)
    total = np.maximum(w.sum(axis=1, keepdims=True), 1e-12)
    x, y = x - (w * x).sum(axis=1, keepdims=True) / total, y - (w * y).sum(axis=1, keepdims=True) / total
    information, prior = (w * x * x).sum(axis=1), 1 / ELASTICITY_SD**2
    estimate = ((w * x * y).sum(axis=1) + prior * ELASTICITY) / (information + prior)
    return np.clip(estimate, LEAST_ELASTICITY, MOST_ELASTICITY)


def scale(spend: ArrayLike, acquisitions: ArrayLike, b: ArrayLike) -> Floats:
    """a such that a B^b gives today's acquisitions at today's spend; 0 where nothing is spent."""
    return np.nan_to_num(divided(acquisitions, floats(spend) ** floats(b)))


def response(spend: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Acquisitions a B^b."""
    return floats(a) * floats(spend) ** floats(b)


def marginal_cost(spend: ArrayLike, a: ArrayLike, b: ArrayLike) -> Floats:
    """Money for one more acquisition, 1 / (a b B^(b - 1)); infinite where the source gives none."""
    gain, power, money = floats(a), floats(b), floats(spend)
    gives = (gain > 0) & (money > 0)
    with np.errstate(over="ignore"):
        return np.where(gives, np.where(gives, money, 1.0) ** (1 - power) / np.where(gives, gain * power, 1.0), np.inf)


def spread(budget: float, a: ArrayLike, b: ArrayLike, low: ArrayLike, high: ArrayLike) -> Floats:
    """The spends in [low, high] that sum to `budget` and give the most acquisitions.

    Bisection on the multiplier lambda with B = clip((a b / lambda)^(1 / (1 - b)), low, high). A budget beyond the sum
    of the upper limits fills them all, and what is left is not spent. Raises ValueError when the lower limits cost more
    than the budget, a limit is inverted, or an elasticity is outside (0, 1).
    """
    gain, power, least, most = np.broadcast_arrays(*map(floats, (a, b, low, high)))
    not_negative(a=gain, low=least)
    if ((power <= 0) | (power >= 1)).any():
        raise ValueError("an elasticity must lie between 0 and 1: other responses are not concave")
    if (least > most).any() or least.sum() > budget * (1 + 1e-12):
        raise ValueError(f"lower limits of {least.sum():g} do not fit the budget {budget:g} or exceed upper limits")
    if most.sum() <= budget:
        return most.copy()

    def at(log_multiplier: float) -> Floats:
        wish = (np.log(np.maximum(gain * power, 1e-300)) - log_multiplier) / (1 - power)
        return np.clip(np.exp(np.minimum(wish, 700.0)), least, most)

    dear, cheap = 700.0, -700.0
    for _ in range(200):
        middle = (dear + cheap) / 2
        dear, cheap = (middle, cheap) if at(middle).sum() <= budget else (dear, middle)
    return _exactly(at(dear), at(cheap), budget)


def probability_better(cost: ArrayLike, events: ArrayLike, other_cost: ArrayLike, other_events: ArrayLike) -> Floats:
    """P(a source's true marginal cost is under another's), elementwise.

    `events` is the gamma shape behind each rate (prior plus conversions seen), which sets how sure its cost is. Exact:
    a ratio of gamma variables is a beta variable, so no draws are needed. 0 where the source's cost is infinite.
    """
    own, other = floats(events), floats(other_events)
    with np.errstate(invalid="ignore", over="ignore"):
        odds = divided(floats(cost) * own, floats(other_cost) * other)
    certain = np.where(np.isinf(floats(cost)), 0.0, 1.0)
    known = np.isfinite(odds) & np.isfinite(floats(cost)) & np.isfinite(floats(other_cost))
    chance = cast(Floats, special.betainc(other, own, 1 / (1 + np.where(known, odds, 1.0))))
    return np.where(known, chance, certain)


def _exactly(under: Floats, over: Floats, budget: float) -> Floats:
    """The point between two spreads, one just under and one just over the budget, that meets it."""
    gap = over.sum() - under.sum()
    return under if gap <= 0 else under + (over - under) * (budget - under.sum()) / gap
