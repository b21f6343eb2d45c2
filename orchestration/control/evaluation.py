"""Did a shift pay? Against what would have happened, never against what was before.

Belongs here: the counterfactual of a shift, its verdict, the random hold-out, and how well rules predict. Does not
belong here: making shifts (`shifts.py`), or the shrinkage itself (`shrinkage.py`).

A source is cut in a bad week; the next is better by itself (regression to the mean), so before/after flatters any rule:
`naive_change` exists only to be shown as not evidence. The counterfactual is the source's shrunk rate at its old spend,
times what the untouched sources did meanwhile. Arrays have one element per shift unless said otherwise.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from orchestration.control.arrays import Floats, divided, floats

PAID, DID_NOT_PAY, UNDECIDED = "paid", "did not pay", "undecided"
SURE = 0.9
RETIRE_BELOW, RETIRE_AFTER = 0.2, 5


@dataclass(frozen=True)
class Estimate:
    """Mean and variance of a count of acquisitions over the evaluation window."""

    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Verdict:
    """Net acquisitions of each shift, their 80 % interval, P(net > 0) and the verdict in words."""

    effect: Floats
    low: Floats
    high: Floats
    probability: Floats
    verdict: NDArray[np.str_]


def control_index(actual: ArrayLike, expected: ArrayLike, dispersion: float = 1.0) -> tuple[float, float]:
    """Actual over expected of all sources no shift touched, and its variance; 1 with variance 0 without any.

    The same season, outage or price moves touched and untouched sources alike.
    """
    total, base = float(floats(actual).sum()), float(floats(expected).sum())
    if base <= 0:
        return 1.0, 0.0
    return total / base, dispersion * max(total, 1.0) / base**2


def counterfactual(
    shape: ArrayLike, exposure: ArrayLike, units: ArrayLike, index: tuple[float, float] = (1.0, 0.0)
) -> Estimate:
    """Acquisitions that the old spend would have given: shrunk rate x units at the old spend x control index.

    `shape` and `exposure` are the gamma posterior of the rate before the shift (prior included); `units` what it
    applies to, in the exposure's unit. Variance by the delta method, the two independent.
    """
    expected = floats(units) * divided(shape, exposure)
    ratio, ratio_variance = index
    spread = divided(1.0, shape)
    return Estimate(expected * ratio, expected**2 * (ratio**2 * spread + ratio_variance))


def shift_effect(received: Estimate, received_without: Estimate, given: Estimate, given_without: Estimate) -> Verdict:
    """(receiver actual - counterfactual) - (donor counterfactual - actual), matured acquisitions, normal interval."""
    effect = (received.mean - received_without.mean) - (given_without.mean - given.mean)
    variance = received.variance + received_without.variance + given.variance + given_without.variance
    sd = np.sqrt(variance)
    reach = float(stats.norm.ppf(0.9)) * sd
    chance = np.where(sd > 0, stats.norm.cdf(divided(effect, sd)), (1 + np.sign(effect)) / 2)
    return Verdict(effect, effect - reach, effect + reach, chance, verdict_of(chance))


def verdict_of(probability: ArrayLike, sure: float = SURE) -> NDArray[np.str_]:
    """'paid' from 0.9, 'did not pay' up to 0.1, else 'undecided'; unknown is undecided."""
    chance = floats(probability)
    return np.where(chance >= sure, PAID, np.where(chance <= 1 - sure, DID_NOT_PAY, UNDECIDED))


def naive_change(before: ArrayLike, after: ArrayLike) -> Floats:
    """After / before - 1: not evidence, for display beside the verdict and nothing else."""
    return divided(after, before) - 1


def is_held_out(source: str, week_start: date, probability: float) -> bool:
    """Whether a source's trigger is held back this week: decided by its name alone, so any re-run agrees.

    The draw is the source's and not the rule's: a second rule must not move what the first one held back.
    """
    digest = hashlib.sha256(f"hold-out|{source}|{week_start.isoformat()}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < probability


def calibration_slope(predicted: ArrayLike, realised: ArrayLike, weight: ArrayLike = 1.0) -> tuple[float, float]:
    """Slope and intercept of realised on predicted gains, weighted (1 / variance); slope 1 is honest, below 1 boastful.

    NaN when the predictions do not differ.
    """
    x, y, w = np.broadcast_arrays(floats(predicted), floats(realised), floats(weight))
    w = w / w.sum()
    middle_x, middle_y = float((w * x).sum()), float((w * y).sum())
    slope = float(divided((w * (x - middle_x) * (y - middle_y)).sum(), (w * (x - middle_x) ** 2).sum()))
    return slope, middle_y - slope * middle_x


def brier_score(probability: ArrayLike, outcome: ArrayLike) -> float:
    """Mean squared difference of the predicted probability of paying and whether it did (0 or 1); 0.25 is a coin."""
    return float(((floats(probability) - floats(outcome)) ** 2).mean())


def hold_out_effect(moved: Sequence[float] | Floats, held: Sequence[float] | Floats) -> tuple[float, float]:
    """Mean outcome of triggers that moved money less that of those held back, and its standard error (Welch).

    The unbiased test of a rule, since chance alone chose. NaN error with fewer than two on a side.
    """
    one, other = floats(moved), floats(held)
    if min(len(one), len(other)) < 2:
        return float("nan"), float("nan")
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return float(one.mean() - other.mean()), float(error)


def probability_rule_pays(effect: ArrayLike, variance: ArrayLike) -> float:
    """P(the rule's mean net effect > 0) from its uses (uses,), each with its variance, under a random-effects model.

    DerSimonian & Laird (1986): uses differ by more than their own noise, or a few lucky ones would decide.
    """
    x, v = floats(effect), floats(variance)
    w = 1 / v
    pooled = (w * x).sum() / w.sum()
    surplus = (w * (x - pooled) ** 2).sum() - (len(x) - 1)
    between = max(0.0, float(divided(surplus, w.sum() - (w**2).sum() / w.sum()))) if len(x) > 1 else 0.0
    w = 1 / (v + between)
    return float(stats.norm.cdf((w * x).sum() / np.sqrt(w.sum())))


def should_retire(effect: ArrayLike, variance: ArrayLike) -> bool:
    """True after at least 5 uses when the rule pays with probability under 0.2."""
    return len(floats(effect)) >= RETIRE_AFTER and probability_rule_pays(effect, variance) < RETIRE_BELOW
