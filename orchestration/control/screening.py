"""Which of many sources and metrics differ from what was expected by more than chance, all looked at together.

Belongs here: one-sided p-values of counts against their age-equal expectation, and corrections for looking at many.
Does not belong here: decisions over time (`cusum.py`), charts (`charts.py`). NaN stands for a p-value that could not
be computed; it is never significant and not counted as a test. Sources: Benjamini & Hochberg (1995), Benjamini &
Yekutieli (2001), Simes (1986).
"""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from orchestration.control.arrays import Floats, floats, numbers

FALSE_DISCOVERY_RATE = 0.10


def mid_p_low(count: ArrayLike, expected: ArrayLike, dispersion: ArrayLike = 1.0) -> Floats:
    """P(X < count) + P(X = count) / 2 for a count with mean `expected` and variance dispersion x mean.

    Poisson, or with `dispersion` phi squared over 1 negative binomial. Small: fewer than expected. NaN where nothing
    was expected. Elementwise.
    """
    seen, mean, factor = np.broadcast_arrays(floats(count), floats(expected), floats(dispersion))
    known = mean > 0
    safe_mean, over = np.where(known, mean, 1.0), factor > 1
    safe_factor = np.where(over, factor, 2.0)
    size = safe_mean / (safe_factor - 1)
    below = np.where(over, stats.nbinom.cdf(seen - 1, size, 1 / safe_factor), stats.poisson.cdf(seen - 1, safe_mean))
    at = np.where(over, stats.nbinom.pmf(seen, size, 1 / safe_factor), stats.poisson.pmf(seen, safe_mean))
    return np.where(known, below + at / 2, np.nan)


def mid_p_high(count: ArrayLike, expected: ArrayLike, dispersion: ArrayLike = 1.0) -> Floats:
    """P(X > count) + P(X = count) / 2; small: more than expected."""
    return 1 - mid_p_low(count, expected, dispersion)


def mid_p_share_low(count: ArrayLike, number: ArrayLike, planned: ArrayLike, dispersion: ArrayLike = 1.0) -> Floats:
    """The same for `count` of `number` against a planned share: binomial, or beta-binomial over dispersion 1.

    NaN where `number` is 0. The beta-binomial has variance dispersion x n p (1 - p); dispersion reaches at most n.
    """
    seen, size, chance, factor = np.broadcast_arrays(floats(count), floats(number), floats(planned), floats(dispersion))
    known = size > 0
    trials = np.where(known, size, 1.0)
    over = (factor > 1) & (trials > 1)
    within = np.clip((factor - 1) / np.maximum(trials - 1, 1.0), 1e-9, 1 - 1e-9)
    worth = np.where(over, (1 - within) / within, 1.0)
    alpha, beta = chance * worth, (1 - chance) * worth
    below = np.where(
        over, stats.betabinom.cdf(seen - 1, trials, alpha, beta), stats.binom.cdf(seen - 1, trials, chance)
    )
    at = np.where(over, stats.betabinom.pmf(seen, trials, alpha, beta), stats.binom.pmf(seen, trials, chance))
    return np.where(known, below + at / 2, np.nan)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values over all of `p`, any shape: reject those at or under the false discovery rate."""
    return _step_up(floats(p), dependent=False)


def benjamini_yekutieli(p: ArrayLike) -> Floats:
    """The same under any dependence, at the price of a factor 1 + 1/2 + ... + 1/m."""
    return _step_up(floats(p), dependent=True)


def simes(p: ArrayLike) -> Floats:
    """One p-value per row of `p` (sources, metrics): min over sorted p of m p_(i) / i; NaN for a row without any."""
    rows = np.sort(floats(p), axis=-1)
    tests = (~np.isnan(rows)).sum(axis=-1, keepdims=True)
    candidates = rows * tests / numbers(1, rows.shape[-1] + 1)
    return np.where(tests[..., 0] > 0, np.fmin.reduce(candidates, axis=-1), np.nan)


def screen_families(p: ArrayLike, *, dependent: bool) -> Floats:
    """Adjusted p of each member of each family, (families, members): metrics of one source go up and down together.

    Families are selected by their Simes p, with BH, or with BY where they are `dependent` on one another in whatever
    way (sums over the same leads); within a selected family members are judged by BH at the rate times the share of
    families that were selected. The value is the smallest false discovery rate at which that rejects the member.
    Source: Benjamini & Bogomolov (2014) JRSS B 76:297-318.
    """
    rows = floats(p)
    family = _step_up(simes(rows), dependent=dependent)
    within = np.stack([_step_up(row, dependent=False) for row in rows]) if len(rows) else rows
    rates = np.sort(family[~np.isnan(family)])
    best = np.full(rows.shape, np.inf)
    for selected, rate in enumerate(rates, start=1):
        best = np.minimum(best, np.maximum(rate, within * len(rates) / selected))
    adjusted = np.minimum(np.maximum(best, family[:, None]), 1.0)
    return np.where(np.isnan(rows), np.nan, adjusted)


def _step_up(p: Floats, *, dependent: bool) -> Floats:
    adjusted = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        method = "by" if dependent else "bh"
        adjusted[known] = cast(Floats, stats.false_discovery_control(p[known], method=method))
    return adjusted
