"""Weekly evidence on a source's rates: scores for the CUSUM, and how surely and how far each is below plan.

Belongs here: turning counts of one stream (accepted of decided, meetings against age-expected) into evidence, and the
false-alarm budget into its thresholds. Does not belong here: what several streams together mean (`disconnect.py`).

A stream counts things in the week in which they happen, against what the leads of all ages would give under the plan,
so a past week never changes and any week can be replayed. Arrays have shape (sources, weeks), oldest week first; a week
without data is NaN.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from orchestration.control import cusum
from orchestration.control.arrays import Floats, divided, floats, not_negative

WINDOW_WEEKS = 4
RED_RATIO = 0.9
"""A rate under this share of plan is a red that matters; the posterior is asked how probable it is."""
PLAN_STRENGTH = 200.0
"""Leads that the planned rate is worth in the posterior of one window, where no kappa is given."""


@dataclass(frozen=True)
class Budget:
    """How many false alarms are allowed: per week, over `sources` sources that each have `streams` streams.

    `watch_per_week` is the looser budget of the tier that only looks closer. `reserve` is the part of the budget that
    thresholds aim at: weeks share cohorts, so their scores hang together, which the run length in closed form ignores.
    """

    sources: int
    streams: int = 2
    act_per_week: float = 0.25
    watch_per_week: float = 1.0
    reserve: float = 0.6

    def run_length(self, alarms_per_week: float) -> float:
        """Weeks between false alarms of one stream that keep the budget."""
        return self.sources * self.streams / (alarms_per_week * self.reserve)


@dataclass(frozen=True)
class Stream:
    """Evidence of one stream, (sources, weeks); `watch` and `act` are CUSUM levels, (sources,).

    `score` in nats, positive speaks for a fall; `probability_low` = P(rate < 0.9 plan), `ratio` = posterior rate /
    plan, both over the window that ends in the week, under a prior worth `PLAN_STRENGTH` leads at plan. The ratio is
    distributed (for shares: to two moments) as gamma with `shape`.
    """

    name: str
    score: Floats
    probability_low: Floats
    ratio: Floats
    shape: Floats
    watch: Floats
    act: Floats

    @property
    def probability_below(self) -> Floats:
        """(sources, weeks): P(rate < plan), however little; NaN where the rate is not known."""
        return cast(Floats, special.gammainc(self.shape, divided(self.shape, self.ratio)))


def share_stream(
    name: str,
    count: ArrayLike,
    number: ArrayLike,
    planned: ArrayLike,
    budget: Budget,
    dispersion: ArrayLike = 1.0,
    kappa: ArrayLike = PLAN_STRENGTH,
) -> Stream:
    """Evidence from `count` of `number` decided in each week against a planned share (beta-binomial).

    `dispersion` (phi squared) and `kappa` (leads) are per source, (sources,) or scalar; so is `planned`, or per source
    and week where the plan changes.
    """
    x, n, p, factor, strength = _per_week(count, number, planned, dispersion, kappa)
    if (x > n).any():
        raise ValueError(f"{name}: more successes than decisions in a week")
    score = cusum.binomial_score(x, n, p, dispersion=factor)
    # The plan's share of the window's decisions; the newest plan's where there is none.
    due = np.where(window(n) > 0, divided(window(n * p), window(n)), p)
    successes, trials = strength * due + window(x / factor), strength + window(n / factor)
    low = cast(Floats, special.betainc(successes, trials - successes, RED_RATIO * due))
    drift, spread = cusum.binomial_in_control(_typical(n), p[:, -1], dispersion=factor[:, 0])
    shape = divided(successes * (trials + 1), trials - successes)
    return Stream(name, score, low, divided(successes, trials * due), shape, *_levels(drift, spread, budget))


def rate_stream(
    name: str,
    count: ArrayLike,
    expected: ArrayLike,
    planned: ArrayLike,
    budget: Budget,
    dispersion: ArrayLike = 1.0,
    kappa: ArrayLike = PLAN_STRENGTH,
) -> Stream:
    """Evidence from a count against its age-expected mean (gamma-Poisson); `planned` is per lead, for the prior.

    `expected` = sum over cohorts of leads x planned rate x the share of the maturation curve that falls in the week.
    """
    x, mu, rate, factor, strength = _per_week(count, expected, planned, dispersion, kappa)
    score = cusum.poisson_score(x, mu, dispersion=factor)
    prior = strength * rate
    seen, due = prior + window(x / factor), prior + window(mu / factor)
    low = cast(Floats, special.gammainc(seen, RED_RATIO * due))
    drift, spread = cusum.poisson_in_control(_typical(mu), dispersion=factor[:, 0])
    return Stream(name, score, low, divided(seen, due), seen, *_levels(drift, spread, budget))


def window(values: ArrayLike, weeks: int = WINDOW_WEEKS) -> Floats:
    """Sum over the last `weeks` weeks at each week, fewer at the start; a week without data adds nothing."""
    total = np.cumsum(np.nan_to_num(floats(values)), axis=-1)
    out = total.copy()
    out[..., weeks:] -= total[..., :-weeks]
    return out


def _per_week(
    count: ArrayLike, size: ArrayLike, planned: ArrayLike, dispersion: ArrayLike, kappa: ArrayLike
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    x, n = floats(count), floats(size)
    not_negative(count=x, size=n, kappa=kappa)
    planned_rate, factor, strength = (_spread(floats(v), x.shape) for v in (planned, dispersion, kappa))
    return x, n, planned_rate, np.maximum(factor, 1.0), strength


def _spread(values: Floats, shape: tuple[int, ...]) -> Floats:
    """Per source, or per source and week, over both."""
    return np.broadcast_to(values[:, None] if values.ndim == 1 else values, shape)


def _typical(size: Floats) -> Floats:
    """Median weekly size of each source where it has any, else NaN: no threshold can be set for it."""
    out = np.full(len(size), np.nan)
    seen = (np.nan_to_num(size) > 0).any(axis=1)
    out[seen] = np.nanmedian(np.where(size[seen] > 0, size[seen], np.nan), axis=1)
    return out


def _levels(drift: Floats, spread: Floats, budget: Budget) -> tuple[Floats, Floats]:
    lengths = (budget.run_length(alarms) for alarms in (budget.watch_per_week, budget.act_per_week))
    watch, act = (cusum.calibrated_threshold(drift, spread, length) for length in lengths)
    return watch, act
