"""Log-likelihood-ratio CUSUM: the decision that a rate has fallen, within a budget of false alarms.

Belongs here: weekly scores of evidence, their cumulative sum, its thresholds from a false-alarm budget, and the delay
to be expected. Does not belong here: what a crossing means (`disconnect.py`).

Scores are in nats and positive when a fall to theta x plan is likelier than the plan; overdispersion phi squared
divides them. Sources: Page (1954); risk-adjusted (age-expected) scores: Steiner et al. (2000); threshold: Lorden
(1971); run length of a Gaussian CUSUM in closed form: Siegmund (1985) section II.6.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Floats, Ints, divided, floats, share

SMALLEST_LOSS = 0.8
"""Theta: the rate, as a share of plan, that is the smallest loss worth acting on."""
OVERSHOOT = 1.166
"""Siegmund's correction for the excess of a discrete sum over its boundary, two sides of 0.583."""


@dataclass(frozen=True)
class Thresholds:
    """CUSUM levels in nats: `watch` to look closer, `act` to decide; each may differ by stream and source."""

    watch: Floats
    act: Floats


def binomial_score(
    count: ArrayLike,
    number: ArrayLike,
    planned: ArrayLike,
    theta: ArrayLike = SMALLEST_LOSS,
    dispersion: ArrayLike = 1.0,
) -> Floats:
    """[x ln theta + (n - x) ln((1 - theta p) / (1 - p))] / phi^2 of x successes among n decided; elementwise."""
    p, x, loss = floats(planned), floats(count), floats(theta)
    share(planned=p)
    failure = np.log((1 - loss * p) / (1 - p))
    return (x * np.log(loss) + (floats(number) - x) * failure) / floats(dispersion)


def poisson_score(
    count: ArrayLike, expected: ArrayLike, theta: ArrayLike = SMALLEST_LOSS, dispersion: ArrayLike = 1.0
) -> Floats:
    """[x ln theta + mu (1 - theta)] / phi^2 of a count x with age-expected mean mu; elementwise."""
    loss = floats(theta)
    return (floats(count) * np.log(loss) + floats(expected) * (1 - loss)) / floats(dispersion)


def diluted(theta: float, exposed: ArrayLike) -> Floats:
    """The fall to look for while only a share `exposed` of what a week counts came after the change point.

    The first weeks after a fall still count what earlier leads give: 1 - (1 - theta) exposed. The share follows from
    the maturation curve and the cohorts' sizes. Use it where the change point is given (causes), not in the CUSUM.
    """
    part = floats(exposed)
    share(exposed=part)
    return 1 - (1 - theta) * part


def page(scores: ArrayLike) -> Floats:
    """S_t = max(0, S_(t-1) + score_t) along the last axis; a week without a score (NaN) leaves it where it was."""
    walk = np.cumsum(np.nan_to_num(floats(scores)), axis=-1)
    floor = np.minimum.accumulate(np.minimum(walk, 0.0), axis=-1)
    return walk - floor


def change_point(statistic: ArrayLike) -> Ints:
    """Index of the week in which the present rise of S began, along the last axis; -1 where S is 0 at the end.

    It is the maximum-likelihood estimate of when the rate fell.
    """
    zero = floats(statistic) <= 0
    weeks = zero.shape[-1]
    last_zero = np.where(zero.any(axis=-1), weeks - 1 - np.argmax(zero[..., ::-1], axis=-1), -1)
    return np.where(last_zero == weeks - 1, -1, last_zero + 1)


def lorden_threshold(streams: ArrayLike, weeks_per_false_alarm: ArrayLike) -> Floats:
    """h = ln(m T): at most one false alarm in T weeks over m streams, whatever they are distributed as."""
    return np.log(floats(streams) * floats(weeks_per_false_alarm))


def siegmund_run_length(drift: ArrayLike, spread: ArrayLike, threshold: ArrayLike) -> Floats:
    """Weeks to the first crossing of `threshold`, from 0, of a CUSUM of normal scores; elementwise.

    (exp(-2 D b) + 2 D b - 1) / (2 D^2) with D = drift / spread and b = threshold / spread + 1.166.
    """
    d = floats(drift) / floats(spread)
    x = 2 * d * (floats(threshold) / floats(spread) + OVERSHOOT)
    return (np.expm1(-x) + x) / (2 * d**2)


def calibrated_threshold(drift: ArrayLike, spread: ArrayLike, run_length: ArrayLike) -> Floats:
    """The threshold at which scores of negative `drift` cross by chance once in `run_length` weeks; elementwise.

    Lorden's bound wastes budget (it gave .03 alarms where 1/13 were allowed); this uses all of it. NaN where the drift
    or spread is not known; never under 0. Solves exp(x) - x - 1 = 2 D^2 L for x by Newton's method.
    """
    d, length = np.broadcast_arrays(floats(drift) / floats(spread), floats(run_length))
    goal = np.where(d < 0, 2 * d**2 * length, 1.0)
    x = np.log1p(goal + np.sqrt(2 * goal))
    for _ in range(20):
        x = x - (np.expm1(x) - x - goal) / np.expm1(x)
    level = floats(spread) * (divided(x, 2 * np.abs(d)) - OVERSHOOT)
    return cast(Floats, np.where(d < 0, np.maximum(level, 0.0), np.nan))


def binomial_in_control(
    number: ArrayLike, planned: ArrayLike, theta: float = SMALLEST_LOSS, dispersion: ArrayLike = 1.0
) -> tuple[Floats, Floats]:
    """Drift and spread, in nats a week, of binomial scores when the rate is the planned one."""
    n, p = floats(number), floats(planned)
    drift = binomial_score(n * p, n, p, theta, dispersion)
    step = np.log((1 - theta * p) / (1 - p)) - np.log(theta)
    return drift, step * np.sqrt(n * p * (1 - p) / floats(dispersion))


def poisson_in_control(
    expected: ArrayLike, theta: float = SMALLEST_LOSS, dispersion: ArrayLike = 1.0
) -> tuple[Floats, Floats]:
    """Drift and spread, in nats a week, of Poisson scores when the rate is the planned one."""
    mu = floats(expected)
    return poisson_score(mu, mu, theta, dispersion), -np.log(theta) * np.sqrt(mu / floats(dispersion))


def binomial_information(
    number: ArrayLike, planned: ArrayLike, theta: float = SMALLEST_LOSS, dispersion: ArrayLike = 1.0
) -> Floats:
    """Nats a week gained when the rate is theta x plan: n KL(theta p || p) / phi^2."""
    n, p = floats(number), floats(planned)
    return binomial_score(n * theta * p, n, p, theta, dispersion)


def poisson_information(expected: ArrayLike, theta: float = SMALLEST_LOSS, dispersion: ArrayLike = 1.0) -> Floats:
    """Nats a week gained when the rate is theta x plan: mu (theta ln theta - theta + 1) / phi^2."""
    mu = floats(expected)
    return poisson_score(mu * theta, mu, theta, dispersion)


def expected_delay(threshold: ArrayLike, information: ArrayLike) -> Floats:
    """Weeks from a fall to its alarm, about h / I."""
    return divided(threshold, information)
