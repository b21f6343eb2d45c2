"""Control charts: whether a week differs from its own past by more than its own noise.

Belongs here: limits and rules of the charts, and which chart serves which metric. Does not belong here: decisions
that move money (`cusum.py`), comparison with the plan at equal age (`credible_rate.py`, `screening.py`).

All arrays have shape (..., weeks), oldest first; NaN is a week without data and is neither in the limits nor flagged.
Only two rules are used: a point beyond 3 sigma, and 8 in a row on one side; all four Western Electric rules give a
false alarm every 92 weeks instead of 370 (Champ & Woodall 1987). Sources: NIST/SEMATECH e-Handbook 6.3.2-6.3.3; Laney
(2002) Quality Engineering 14:531-537.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Bools, Floats, divided, floats, numbers
from orchestration.control.cusum import page

LEAST_WEEKS = 8
"""Weeks with data under which limits say nothing."""
D2 = 1.128
"""Mean range of two normal observations, in sigmas, as the published limits round it."""
RUN = 8


class Chart(StrEnum):
    """Kinds of chart."""

    LANEY_P = "laney_p"
    LANEY_U = "laney_u"
    XMR = "xmr"
    XMR_LOG_MEDIAN = "xmr_log_median"
    CUSUM = "cusum"


CHART_OF_METRIC: dict[str, Chart] = {
    "ready_rate": Chart.LANEY_P,
    "defective_share": Chart.LANEY_P,
    "within_sla_share": Chart.LANEY_P,
    "lead_to_accepted": Chart.LANEY_P,
    "accepted_to_meeting": Chart.LANEY_P,
    "meeting_to_opportunity": Chart.LANEY_P,
    "opportunity_to_won": Chart.LANEY_P,
    "leads": Chart.LANEY_U,
    "ready_leads": Chart.LANEY_U,
    "accepted": Chart.LANEY_U,
    "meetings": Chart.LANEY_U,
    "opportunities": Chart.LANEY_U,
    "won": Chart.LANEY_U,
    "defects_per_lead": Chart.LANEY_U,
    "minutes_to_response": Chart.XMR_LOG_MEDIAN,
    "spend": Chart.XMR,
    "cost_per_lead": Chart.XMR,
    "cost_per_acquisition": Chart.XMR,
    "wip": Chart.XMR,
}
"""The chart that suits how each metric varies: shares of many, counts and several defects on a lead, skewed times.

Where a week usually brings fewer than RARE_BELOW events, a count is drawn as a CUSUM against what is due by age, and
a share, which knows no age, is not judged."""
RARE_BELOW = 5.0
"""Expected events a week under which Shewhart limits say nothing: the lower one is 0."""


@dataclass(frozen=True)
class ControlChart:
    """Values with their centre and limits, (..., weeks), and the ratio of real to expected spread, (...)."""

    value: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    sigma_z: Floats

    @property
    def beyond_limits(self) -> Bools:
        """Weeks outside the limits."""
        return (self.value > self.upper) | (self.value < self.lower)

    @property
    def eight_in_a_row(self) -> Bools:
        """Weeks at which the last eight with data all lie on one side of the centre."""
        side = np.sign(np.nan_to_num(self.value - self.centre))
        return (_streak(side > 0, self.value) >= RUN) | (_streak(side < 0, self.value) >= RUN)

    @property
    def flagged(self) -> Bools:
        """Weeks that either rule flags."""
        return self.beyond_limits | self.eight_in_a_row


def p_chart(count: ArrayLike, number: ArrayLike, centre: ArrayLike | None = None) -> ControlChart:
    """Shares with binomial limits; `centre` (...) is the pooled share unless given (plan, or a frozen baseline)."""
    return _attribute_chart(floats(count), floats(number), centre, laney=False, ceiling=1.0)


def laney_p_chart(
    count: ArrayLike, number: ArrayLike, centre: ArrayLike | None = None, sigma_z: ArrayLike | None = None
) -> ControlChart:
    """p' chart: limits widened by sigma_z = mean |z_i - z_(i-1)| / 1.128, for shares that vary beyond binomial.

    `centre` and `sigma_z` (...) are those of the weeks given, unless a frozen baseline's are given.
    """
    return _attribute_chart(floats(count), floats(number), centre, laney=True, ceiling=1.0, sigma_z=sigma_z)


def u_chart(count: ArrayLike, units: ArrayLike, centre: ArrayLike | None = None) -> ControlChart:
    """Defects per unit with Poisson limits."""
    return _attribute_chart(floats(count), floats(units), centre, laney=False, ceiling=np.inf)


def laney_u_chart(
    count: ArrayLike, units: ArrayLike, centre: ArrayLike | None = None, sigma_z: ArrayLike | None = None
) -> ControlChart:
    """u' chart: defects per unit that vary beyond Poisson; `centre` and `sigma_z` as for the p' chart."""
    return _attribute_chart(floats(count), floats(units), centre, laney=True, ceiling=np.inf, sigma_z=sigma_z)


def c_chart(count: ArrayLike, centre: ArrayLike | None = None) -> ControlChart:
    """Counts over an equal area of opportunity: a u chart with one unit a week."""
    return u_chart(count, np.ones_like(floats(count)), centre)


def xmr_chart(value: ArrayLike, centre: ArrayLike | None = None, moving_range: ArrayLike | None = None) -> ControlChart:
    """Individuals: mean +- 3 x mean moving range / 1.128.

    `centre` and `moving_range` (...) are those of the weeks given, unless a frozen baseline's are given.
    """
    x = floats(value)
    seen = ~np.isnan(x)
    mean = divided(np.where(seen, x, 0.0).sum(axis=-1), seen.sum(axis=-1)) if centre is None else centre
    middle = _spread_over(mean, x)
    reach = _spread_over(3 * floats(_mean_moving_range(x) if moving_range is None else moving_range) / D2, x)
    return ControlChart(x, middle, middle - reach, middle + reach, np.ones(x.shape[:-1]))


def xmr_of_log(
    value: ArrayLike, centre: ArrayLike | None = None, moving_range: ArrayLike | None = None
) -> ControlChart:
    """Individuals chart of ln(value), returned in the value's units: for skewed times such as weekly medians.

    `centre` is in the value's units, `moving_range` in those of the logarithm.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(floats(value))
    middle = None if centre is None else np.log(floats(centre))
    chart = xmr_chart(np.where(np.isfinite(logs), logs, np.nan), middle, moving_range)
    exp = cast("np.ufunc", np.exp)
    return ControlChart(exp(chart.value), exp(chart.centre), exp(chart.lower), exp(chart.upper), chart.sigma_z)


def judged_by_weeks_before(kind: Chart, value: ArrayLike, size: ArrayLike | None = None) -> ControlChart:
    """The chart of all weeks with the limits of those before the last: a bad week must not widen what it is judged by.

    `value` is the count for Laney's charts, over `size`, else the individual. A first week has no limits.
    """
    x = floats(value)
    if x.shape[-1] < 2:
        level = np.full_like(x, np.nan)
        return ControlChart(x if size is None else divided(x, size), level, level, level, level[..., 0])
    if kind in (Chart.LANEY_P, Chart.LANEY_U):
        chart, n = (
            (laney_p_chart if kind is Chart.LANEY_P else laney_u_chart),
            floats(size if size is not None else 1.0),
        )
        before = chart(x[..., :-1], n[..., :-1])
        return chart(x, n, centre=before.centre[..., -1], sigma_z=before.sigma_z)
    chart, logs = (xmr_of_log, np.log) if kind is Chart.XMR_LOG_MEDIAN else (xmr_chart, floats)
    before = chart(x[..., :-1])
    centre, upper = before.centre[..., -1], before.upper[..., -1]
    return chart(x, centre=centre, moving_range=(floats(logs(upper)) - floats(logs(centre))) * D2 / 3)


def cusum_chart(score: ArrayLike, threshold: ArrayLike) -> ControlChart:
    """The sum of evidence of a fall (nats), never under 0, against the level (...) that chance seldom reaches.

    It has no centre, so that weeks in a row above 0 mean nothing.
    """
    x = floats(score)
    none = np.full_like(x, np.nan)
    return ControlChart(np.where(np.isnan(x), np.nan, page(x)), none, none, _spread_over(threshold, x), none[..., 0])


def ewma_chart(
    value: ArrayLike, centre: ArrayLike, sigma: ArrayLike, weight: float = 0.2, limit: float = 2.962
) -> ControlChart:
    """z = weight x + (1 - weight) z from `centre`, limits +-limit s sqrt(l / (2 - l) [1 - (1 - l)^2t]).

    `centre` and `sigma` (...) are known beforehand; a week without data leaves z where it was.
    """
    x = floats(value)
    z, path = np.broadcast_to(floats(centre), x.shape[:-1]).astype(np.float64), np.empty_like(x)
    for week in range(x.shape[-1]):
        z = np.where(np.isnan(x[..., week]), z, weight * x[..., week] + (1 - weight) * z)
        path[..., week] = z
    age = 1 - (1 - weight) ** (2 * numbers(1, x.shape[-1] + 1))
    reach = limit * floats(sigma)[..., None] * np.sqrt(weight / (2 - weight) * age)
    middle = _spread_over(centre, x)
    return ControlChart(path, middle, middle - reach, middle + reach, np.ones(x.shape[:-1]))


def dispersion(chart: ControlChart) -> Floats:
    """phi squared for tests and scores: the square of sigma_z, never under 1; (...)."""
    return np.maximum(np.nan_to_num(chart.sigma_z, nan=1.0), 1.0) ** 2


def _attribute_chart(
    count: Floats,
    size: Floats,
    centre: ArrayLike | None,
    *,
    laney: bool,
    ceiling: float,
    sigma_z: ArrayLike | None = None,
) -> ControlChart:
    value = divided(count, size)
    seen = ~np.isnan(value)
    pooled = divided(np.where(seen, count, 0).sum(axis=-1), np.where(seen, size, 0).sum(axis=-1))
    middle = _spread_over(pooled if centre is None else centre, value)
    variance = middle * (1 - middle) if ceiling == 1.0 else middle
    sigma = np.sqrt(divided(variance, size))
    real = _mean_moving_range(divided(value - middle, sigma)) / D2 if sigma_z is None else floats(sigma_z)
    widening = _spread_over(real, value) if laney else np.ones_like(value)
    reach = 3 * sigma * widening
    return ControlChart(value, middle, np.maximum(middle - reach, 0.0), np.minimum(middle + reach, ceiling), real)


def _mean_moving_range(x: Floats) -> Floats:
    """Mean |x_i - x_(i-1)| over neighbouring weeks with data, (...); NaN where there is no such pair."""
    ranges = np.abs(np.diff(x, axis=-1))
    known = ~np.isnan(ranges)
    return divided(np.where(known, ranges, 0.0).sum(axis=-1), known.sum(axis=-1))


def _streak(on: Bools, value: Floats) -> Floats:
    """Length, at each week, of the unbroken run of weeks with `on`; weeks without data are stepped over."""
    run, out = np.zeros(on.shape[:-1]), np.zeros(on.shape)
    known = ~np.isnan(value)
    for week in range(on.shape[-1]):
        run = np.where(known[..., week], np.where(on[..., week], run + 1, 0.0), run)
        out[..., week] = np.where(known[..., week], run, 0.0)
    return out


def _spread_over(level: ArrayLike, weeks: Floats) -> Floats:
    return np.broadcast_to(floats(level)[..., None], weeks.shape).astype(np.float64)
