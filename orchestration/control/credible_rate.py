"""Conversions of cohorts that are not ripe yet: the credible Cape Cod estimate, its interval, and what is too young.

Belongs here: the gamma-Poisson update of the planned rate by used-up exposure, the outstanding conversions and their
predictive interval, and the index that compares sources at equal age. Does not belong here: the curve
(`maturation.py`), the strength of the plan (`shrinkage.kappa_by_moments`), claims-reserving methods kept for the
back-test (`reserving.py`).

Sources: Buehlmann & Straub (1970); Mack (2000) on credible claims reserves; England & Verrall (2002) and Verrall
(2004) for Bornhuetter-Ferguson as a Bayesian model. Overdispersion phi squared (`dispersion`, at least 1) divides
counts and exposure alike. With kappa infinite the estimate is Bornhuetter-Ferguson on the plan, with kappa 0 it is
Cape Cod over the cohorts.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from orchestration.control.arrays import Bools, Floats, divided, floats, not_negative, share

LEAST_EXPECTED = 5.0
"""Expected conversions from which a verdict may rest on the data."""
LEAST_MATURITY = 0.3
"""Or the share of the ultimate conversions that has had time to happen."""


@dataclass(frozen=True)
class RatePosterior:
    """Gamma posterior of each source's ultimate conversion rate: shape / exposure (leads), both (sources,)."""

    shape: Floats
    exposure: Floats

    @property
    def mean(self) -> Floats:
        """Posterior mean of the ultimate conversion rate per lead."""
        return divided(self.shape, self.exposure)

    def below(self, rate: ArrayLike) -> Floats:
        """P(rate of the source < `rate`), elementwise; NaN where exposure or `rate` is not known."""
        return cast(Floats, special.gammainc(self.shape, self.exposure * floats(rate)))


@dataclass(frozen=True)
class Matured:
    """Estimates per source and cohort, (sources, cohorts), beside what has converted so far."""

    expected_to_date: Floats
    outstanding: Floats
    ultimate: Floats
    low: Floats
    high: Floats


def rate_posterior(
    exposure: ArrayLike, converted: ArrayLike, plan_rate: ArrayLike, kappa: ArrayLike, dispersion: ArrayLike = 1.0
) -> RatePosterior:
    """p_s = (kappa p0 + C) / (kappa + e) as a gamma distribution, (sources,).

    `exposure` = sum of leads x maturity and `converted` are per source; `kappa` in lead-equivalents. Raises
    ValueError for a negative or infinite argument or a dispersion under 1.
    """
    used, won, rate, strength = floats(exposure), floats(converted), floats(plan_rate), floats(kappa)
    not_negative(exposure=used, converted=won, plan_rate=rate, kappa=strength)
    factor = _dispersion(dispersion)
    return RatePosterior(strength * rate + won / factor, strength + used / factor)


def matured(
    leads: ArrayLike,
    maturity: ArrayLike,
    converted: ArrayLike,
    plan_rate: ArrayLike,
    kappa: ArrayLike,
    dispersion: ArrayLike = 1.0,
    coverage: float = 0.8,
) -> tuple[RatePosterior, Matured]:
    """The rate of each source over its cohorts, and each cohort's ultimate conversions U = C + N (1 - G) p_s.

    `leads`, `maturity` (G at the cohort's age) and `converted` have shape (sources, cohorts); `plan_rate`, `kappa`,
    `dispersion` (sources,) or scalar. `low` and `high` bound U with the given coverage.
    """
    number, ripe, won = floats(leads), floats(maturity), floats(converted)
    not_negative(leads=number)
    share(maturity=ripe)
    rate = np.broadcast_to(floats(plan_rate), number.shape[:1])
    used = number * ripe
    posterior = rate_posterior(used.sum(axis=-1), won.sum(axis=-1), rate, kappa, dispersion)
    outstanding = number * (1 - ripe) * posterior.mean[:, None]
    low, high = predictive_interval(outstanding, posterior.shape[:, None], floats(dispersion)[..., None], coverage)
    return posterior, Matured(used * rate[:, None], outstanding, won + outstanding, won + low, won + high)


def predictive_interval(
    mean: ArrayLike, shape: ArrayLike, dispersion: ArrayLike = 1.0, coverage: float = 0.8
) -> tuple[Floats, Floats]:
    """Central interval, in whole conversions, of a count still to come; elementwise.

    Gamma-Poisson: negative binomial with size `shape` and the given mean. Overdispersion keeps whole numbers and the
    mean, and sets the variance to phi^2 mean + mean^2 / shape by a smaller size.
    """
    expected = floats(mean)
    size, chance = _negative_binomial(expected, shape, dispersion)
    tail = (1 - coverage) / 2
    bounds = (cast(Floats, stats.nbinom.ppf(q, size, chance)) for q in (tail, 1 - tail))
    low, high = (np.where(expected > 0, bound, expected) for bound in bounds)
    return low, high


def covered_share(mean: ArrayLike, shape: ArrayLike, came: ArrayLike, coverage: float = 0.8) -> Floats:
    """How much of what `came` lies in the central interval of `predictive_interval`'s distribution, 0..1; elementwise.

    A whole count stands for the stretch of probability from F(came - 1) to F(came); the share of it within the central
    `coverage`. Its mean is `coverage` for an honest estimate however small the counts, where whether a count lies in
    the interval is not: an interval of 0 to 1 covers far more than it says. Non-randomised probability integral
    transform: Czado, Gneiting & Held (2009) Biometrics 65:1254-1261.
    """
    expected, count = np.broadcast_arrays(floats(mean), floats(came))
    size, chance = _negative_binomial(expected, shape, 1.0)
    below, upto = (cast(Floats, stats.nbinom.cdf(x, size, chance)) for x in (count - 1, count))
    below, upto = (np.where(expected > 0, cdf, x >= 0) for cdf, x in ((below, count - 1), (upto, count)))
    tail = (1 - coverage) / 2
    within = np.minimum(upto, 1 - tail) - np.maximum(below, tail)
    return np.nan_to_num(divided(np.maximum(within, 0.0), upto - below))


def _negative_binomial(expected: Floats, shape: ArrayLike, dispersion: ArrayLike) -> tuple[Floats, Floats]:
    """Size and chance of the counts to come."""
    excess = _dispersion(dispersion) - 1
    size = divided(1.0, excess * divided(1.0, expected) + divided(1.0, shape))
    return size, divided(size, size + expected)


def age_equal_index(converted: ArrayLike, expected_to_date: ArrayLike) -> Floats:
    """Actual over expected at the same age, C / E; NaN where nothing was to be expected."""
    return divided(converted, expected_to_date)


def too_young(expected_to_date: ArrayLike, maturity: ArrayLike) -> Bools:
    """True where neither enough conversions are expected nor enough of the curve has passed for a verdict."""
    return ~((floats(expected_to_date) >= LEAST_EXPECTED) | (floats(maturity) >= LEAST_MATURITY))


def matured_cost(spend: ArrayLike, ultimate: ArrayLike) -> Floats:
    """Spend per ultimate acquisition, B / U, in the currency of `spend`; NaN where none is to be expected."""
    return divided(spend, ultimate)


def _dispersion(dispersion: ArrayLike) -> Floats:
    factor = floats(dispersion)
    if (factor < 1).any():
        raise ValueError(f"dispersion {factor.min()} is under 1: counts vary at least as chance makes them")
    return factor
