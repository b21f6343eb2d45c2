"""Rates of small sources, shrunk to their peers as far as the data say they are alike (empirical Bayes).

Belongs here: prior strength by method of moments and the posteriors it gives. Does not belong here: curves and
ages (`maturation.py`, `credible_rate.py`). Sources: Gelman et al., Bayesian Data Analysis, 3rd ed. section 5.1
(beta-binomial); Buehlmann & Straub (1970) for the gamma-Poisson form with exposure.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from orchestration.control.arrays import Bools, Floats, divided, floats, not_negative

KAPPA_FLOOR, KAPPA_CAP = 50.0, 5000.0


@dataclass(frozen=True)
class Prior:
    """Mean of the rates and how many trials (or units of exposure) it is worth; infinite when all are alike."""

    mean: float
    strength: float


def beta_prior_from_rates(rates: ArrayLike) -> Prior:
    """alpha + beta = m(1-m)/v - 1 from the rates' mean and sample variance, each rate taken as exact."""
    known = _known(floats(rates))
    mean, variance = float(known.mean()), float(known.var(ddof=1))
    return Prior(mean, _ratio(mean * (1 - mean), variance) - 1)


def beta_binomial_prior(events: ArrayLike, trials: ArrayLike) -> Prior:
    """Prior from counts with unequal trials: K = (m(1-m) - v) / (v - m(1-m) mean(1/n)), m pooled.

    v is the variance of the rates about m. Sources without trials are left out.
    """
    count, number = _observed(floats(events), floats(trials))
    mean = float(count.sum() / number.sum())
    noise = mean * (1 - mean)
    variance = float(((count / number - mean) ** 2).mean())
    return Prior(mean, max(0.0, _ratio(noise - variance, variance - noise * float((1 / number).mean()))))


def gamma_poisson_prior(events: ArrayLike, exposure: ArrayLike) -> Prior:
    """The same for counts with exposure: strength = m / (v - m mean(1/e)), in units of exposure."""
    count, units = _observed(floats(events), floats(exposure))
    mean = float(count.sum() / units.sum())
    variance = float(((count / units - mean) ** 2).mean())
    return Prior(mean, _ratio(mean, variance - mean * float((1 / units).mean())))


def posterior_mean(events: ArrayLike, trials: ArrayLike, prior: Prior) -> Floats:
    """(K m + x) / (K + n), elementwise; the prior's mean where the strength is infinite or nothing was tried."""
    if np.isinf(prior.strength):
        return np.full_like(floats(events), prior.mean)
    return (prior.strength * prior.mean + floats(events)) / (prior.strength + floats(trials))


def beta_interval(events: ArrayLike, trials: ArrayLike, prior: Prior, coverage: float = 0.8) -> tuple[Floats, Floats]:
    """Central posterior interval of each rate under a finite beta prior."""
    alpha = prior.strength * prior.mean + floats(events)
    beta = prior.strength * (1 - prior.mean) + floats(trials) - floats(events)
    tail = (1 - coverage) / 2
    return cast(Floats, stats.beta.ppf(tail, alpha, beta)), cast(Floats, stats.beta.ppf(1 - tail, alpha, beta))


def kappa_by_moments(
    converted: ArrayLike,
    exposure: ArrayLike,
    plan_rate: ArrayLike,
    floor: float = KAPPA_FLOOR,
    cap: float = KAPPA_CAP,
) -> Floats:
    """Strength of each source's planned rate in lead-equivalents, (sources,), within floor and cap.

    The spread of actual / expected over the sources, less what chance gives, is how far true rates stray from the
    plan; it is estimated on the index because planned rates differ by source. `converted` and used-up `exposure`
    (leads x maturity) are per source; a source without a planned rate gets the cap, and so do all when fewer
    than two have one.
    """
    rate = floats(plan_rate)
    not_negative(converted=converted, exposure=exposure, plan_rate=rate)
    expected = np.nan_to_num(floats(exposure) * rate)
    if (expected > 0).sum() < 2:
        return np.full_like(rate, cap)
    return np.clip(np.nan_to_num(divided(gamma_poisson_prior(converted, expected).strength, rate), nan=cap), floor, cap)


def _observed(events: Floats, trials: Floats) -> tuple[Floats, Floats]:
    seen: Bools = (trials > 0) & ~np.isnan(events)
    if not seen.any():
        raise ValueError("no source has any trial: there is nothing to estimate a prior from")
    return events[seen], trials[seen]


def _known(values: Floats) -> Floats:
    known = values[~np.isnan(values)]
    if len(known) < 2:
        raise ValueError(f"{len(known)} rates are known: a spread needs at least two")
    return known


def _ratio(numerator: float, spread: float) -> float:
    """Infinite when no spread is left: the sources do not differ by more than chance."""
    return numerator / spread if spread > 0 else np.inf
