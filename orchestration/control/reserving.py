"""Claims-reserving estimates on a run-off triangle, as the back-test's rivals and for Mack's standard error.

Belongs here: chain ladder, Bornhuetter-Ferguson, Benktander, Cape Cod, Mack. Does not belong here: the estimate that
the control loop uses (`credible_rate.py`); chain ladder by source is explosive in its first ages.

A triangle has shape (origins, ages), cumulative, NaN where not yet observed; each origin is known up to some age and
the oldest origin to the last. Factors are volume-weighted. Sources: Mack (1993) ASTIN Bulletin 23:213-225; Mack
(2000) on Benktander.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Floats, floats


@dataclass(frozen=True)
class Development:
    """Age-to-age factors and Mack's sigma squared (ages - 1,), and age-to-ultimate factors (ages,)."""

    factors: Floats
    sigma_squared: Floats
    to_ultimate: Floats


def develop(triangle: ArrayLike) -> Development:
    """Volume-weighted factors; the last sigma squared by Mack's rule min(s_-1^2 / s_-2, s_-1, s_-2).

    Raises ValueError when an age has no origin that was seen at it and at the next, or all of them were at 0.
    """
    cells = floats(triangle)
    known = ~np.isnan(cells[:, 1:])
    before, after = np.where(known, cells[:, :-1], 0.0), np.where(known, cells[:, 1:], 0.0)
    base = before.sum(axis=0)
    if (base <= 0).any():
        raise ValueError(f"age {int(np.argmax(base <= 0))} has nothing to develop from: chain ladder is undefined")
    factors = after.sum(axis=0) / base
    ratio = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
    pairs = known.sum(axis=0)
    squares = (before * (ratio - factors) ** 2).sum(axis=0)
    sigma = np.divide(squares, pairs - 1, out=np.full_like(squares, np.nan), where=pairs > 1)
    if np.isnan(sigma[-1]) and len(sigma) > 2:
        # An age at which nothing develops any more has no variance, and none follows.
        sigma[-1] = min(sigma[-2] ** 2 / sigma[-3], sigma[-2], sigma[-3]) if sigma[-3] > 0 else 0.0
    to_ultimate = np.ones(cells.shape[1])
    to_ultimate[:-1] = np.cumprod(factors[::-1])[::-1]
    return Development(factors, sigma, to_ultimate)


def latest(triangle: ArrayLike) -> tuple[Floats, Floats]:
    """Each origin's last known value and its age-to-ultimate factor, (origins,) each."""
    cells = floats(triangle)
    age = _age(cells)
    return cells[np.arange(len(cells)), age], develop(cells).to_ultimate[age]


def chain_ladder(triangle: ArrayLike) -> Floats:
    """Ultimates C x f, (origins,)."""
    value, factor = latest(triangle)
    return value * factor


def benktander(triangle: ArrayLike, exposure: ArrayLike, rate: float, iterations: int = 2) -> Floats:
    """Ultimates by iterating U = C + (1 - 1/f) U from U = exposure x rate.

    One iteration is Bornhuetter-Ferguson, two is Benktander, many tend to chain ladder.
    """
    value, factor = latest(triangle)
    ultimate = floats(exposure) * rate
    for _ in range(iterations):
        ultimate = value + (1 - 1 / factor) * ultimate
    return ultimate


def bornhuetter_ferguson(triangle: ArrayLike, exposure: ArrayLike, rate: float) -> Floats:
    """Ultimates C + (1 - 1/f) x exposure x rate, (origins,)."""
    return benktander(triangle, exposure, rate, iterations=1)


def cape_cod_rate(triangle: ArrayLike, exposure: ArrayLike) -> float:
    """Rate per unit of exposure: what was seen over the used-up exposure, sum C / sum (exposure / f)."""
    value, factor = latest(triangle)
    return float(value.sum() / (floats(exposure) / factor).sum())


def cape_cod(triangle: ArrayLike, exposure: ArrayLike) -> Floats:
    """Ultimates of Bornhuetter-Ferguson with the data's own rate, (origins,)."""
    return bornhuetter_ferguson(triangle, exposure, cape_cod_rate(triangle, exposure))


def mack_standard_error(triangle: ArrayLike) -> tuple[Floats, float]:
    """Standard error of each origin's chain-ladder ultimate, (origins,), and of their total."""
    cells = floats(triangle)
    development = develop(cells)
    age = _age(cells)
    full = _completed(cells, development.factors)
    origins, ages = cells.shape
    used = np.where(np.isnan(cells[:, 1:]), 0.0, cells[:, :-1]).sum(axis=0)
    term = development.sigma_squared / development.factors**2
    variance = np.zeros(origins)
    total = 0.0
    for i in range(origins):
        ahead = slice(int(age[i]), ages - 1)
        # Where nothing has come, chain ladder expects nothing, and is sure of it.
        own = np.divide(1.0, full[i, ahead], out=np.zeros(ages)[ahead], where=full[i, ahead] > 0)
        variance[i] = full[i, -1] ** 2 * (term[ahead] * (own + 1 / used[ahead])).sum()
        later = full[i + 1 :, -1].sum()
        total += variance[i] + full[i, -1] * later * (2 * term[ahead] / used[ahead]).sum()
    return np.sqrt(variance), float(np.sqrt(total))


def _age(cells: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    known = ~np.isnan(cells)
    if not known[:, 0].all():
        raise ValueError("an origin has no value at its first age")
    return cast("np.ndarray[tuple[int], np.dtype[np.int64]]", known.sum(axis=1) - 1)


def _completed(cells: Floats, factors: Floats) -> Floats:
    full = cells.copy()
    for age in range(1, full.shape[1]):
        unseen = np.isnan(full[:, age])
        full[unseen, age] = full[unseen, age - 1] * factors[age - 1]
    return full
