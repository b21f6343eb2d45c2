"""How old the truth is when it is acted on: the lag of each leg, its age, and what it costs.

Belongs here: lags between timestamps, the age of information at decisions, completeness, and the gate that stops
decisions on old data. Does not belong here: which files are late (`feed_freshness`). Age of information: Kaul, Yates &
Gruteser (2012). Lags are in hours.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from orchestration.control.arrays import Floats, divided, floats

MOMENTS = ("event_at", "landed_at", "modelled_at", "seen_at", "decided_at", "effective_at")
LEGS = ("land", "model", "see", "decide", "act")
FRESH_HOURS, STALE_HOURS = 24.0, 72.0
PASS, HOLD, RED = "pass", "hold", "red"


def legs(moments: pd.DataFrame) -> pd.DataFrame:
    """p50 and p95 of each leg per source, in hours: source, leg, p50_hours, p95_hours, observations.

    `moments` has `source` and MOMENTS columns, UTC timestamps, NaT where not yet reached; 'total' is from event to the
    last moment reached. Raises ValueError where a moment precedes the one before it.
    """
    hours = pd.DataFrame(
        {
            leg: _hours(moments[before], moments[after])
            for leg, before, after in zip(LEGS, MOMENTS[:-1], MOMENTS[1:], strict=True)
        }
        | {"total": _hours(moments["event_at"], moments[list(MOMENTS)].max(axis=1))}
    )
    if (hours < 0).to_numpy().any():
        leg, row = next((leg, hours[leg].lt(0).idxmax()) for leg in hours.columns if hours[leg].lt(0).any())
        raise ValueError(f"leg {leg} of row {row} runs backwards: a clock is wrong or a time zone was lost")
    long = hours.assign(source=moments["source"]).melt("source", var_name="leg", value_name="hours").dropna()
    if long.empty:
        return pd.DataFrame(columns=["source", "leg", "p50_hours", "p95_hours", "observations"])
    groups = long.groupby(["source", "leg"])["hours"]
    table = groups.quantile(np.array([0.5, 0.95])).unstack().set_axis(["p50_hours", "p95_hours"], axis=1)
    return table.assign(observations=groups.size()).reset_index()


def spend_weighted(lag_hours: ArrayLike, spend: ArrayLike) -> float:
    """Mean lag with each source's spend as its weight; NaN where nothing is spent."""
    return float(divided((floats(lag_hours) * floats(spend)).sum(), floats(spend).sum()))


def lag_cost(money_at_risk_per_week: ArrayLike, lag_hours: ArrayLike) -> Floats:
    """Money that is at risk while the truth is under way: money at risk a day x days of lag."""
    return floats(money_at_risk_per_week) / 7 * floats(lag_hours) / 24


def batch_age(every_hours: ArrayLike, delay_hours: ArrayLike) -> tuple[Floats, Floats]:
    """Mean (D + T / 2) and peak (D + T) age of information of a batch every T hours that takes D to be seen."""
    period, delay = floats(every_hours), floats(delay_hours)
    return delay + period / 2, delay + period


def queue_age(arrival_rate: ArrayLike, service_rate: ArrayLike) -> Floats:
    """Mean age of updates that pass one by one through an M/M/1 queue: (1 / mu)(1 + 1 / rho + rho^2 / (1 - rho))."""
    rho = divided(arrival_rate, service_rate)
    age = (1 + divided(1, rho) + divided(rho**2, 1 - rho)) / floats(service_rate)
    return np.nan_to_num(age, nan=np.inf)


def age_at(decided_at: pd.Timestamp, newest_event_at: "pd.Series[pd.Timestamp]") -> Floats:
    """Hours from each source's newest event that the decision could reflect to the decision; NaN without one."""
    return floats(((decided_at - newest_event_at) / pd.Timedelta(hours=1)).to_numpy(dtype=np.float64))


def completeness(landed_within_days: ArrayLike, days_since: ArrayLike) -> Floats:
    """Share of a day's events that have landed by now, from the lag distribution.

    `landed_within_days` (days,): share that lands within 0, 1, 2 ... days; beyond its end it stays. A nowcast divides
    the count so far by it.
    """
    shares = floats(landed_within_days)
    age = np.clip(floats(days_since), -1, len(shares) - 1).astype(np.int64)
    return np.where(age < 0, 0.0, shares[np.maximum(age, 0)])


def gate(
    p95_hours: ArrayLike, fresh: float = FRESH_HOURS, stale: float = STALE_HOURS
) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    """'pass' up to 24 hours at p95, 'hold' beyond (not enough truth to move money), 'red' from 72; unknown holds."""
    lag = floats(p95_hours)
    return np.where(lag <= fresh, PASS, np.where(lag >= stale, RED, HOLD))


def _hours(before: "pd.Series[pd.Timestamp]", after: "pd.Series[pd.Timestamp]") -> "pd.Series[float]":
    return (after - before) / pd.Timedelta(hours=1)
