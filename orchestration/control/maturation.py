"""How much of a cohort's conversions has happened at each age, when other exits compete with converting.

Belongs here: the maturation curve G, from counts of leads by age, and its blending with the plan's curve. Does not
belong here: what the curve is used for (`credible_rate.py`), or how leads are counted by age (dbt).

An age is a whole number of weeks since the cohort's week closed; column a of an array is age a. Only the end of
observation censors: a lead that was disqualified, recycled or lost has left, it is not censored (Kaplan-Meier on
such leads overstates conversion, so there is none here). Source: Aalen & Johansen (1978), in discrete weeks.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from orchestration.control.arrays import Bools, Floats, divided, floats, not_negative, numbers

PLAN_CURVE_CONVERSIONS = 200.0
"""Weight of the plan's curve, in conversions, and how many must have been seen before the data count at all."""


@dataclass(frozen=True)
class AgeCounts:
    """Leads still open and observed at each age, and how many converted or left otherwise at it; (..., ages)."""

    at_risk: Floats
    converted: Floats
    exited: Floats


@dataclass(frozen=True)
class Curve:
    """Shares of all leads that entered, by age; shape (..., ages), and (...) for `ultimate`.

    `open` + `converted` + `exited` = 1 at every age. `ultimate` is the share converted at the last observed age,
    `maturity` is `converted` / `ultimate` (NaN where nothing converted). `last_age` (...) is the last age that any
    lead reached; a history shorter than the curve says nothing about what comes after it.
    """

    open: Floats
    converted: Floats
    exited: Floats
    ultimate: Floats
    maturity: Floats
    last_age: Floats


def pooled_counts(leads: ArrayLike, converted: ArrayLike, exited: ArrayLike, observed_age: ArrayLike) -> AgeCounts:
    """Counts by age, pooled over cohorts; young cohorts contribute to the ages they have reached.

    `leads` (..., cohorts) entered; `converted` and `exited` (..., cohorts, ages) at each age, not cumulated;
    `observed_age` (cohorts,) is the last age fully observed, -1 for none. Counts beyond it are not read. Raises
    ValueError when more leave than entered.
    """
    won, other = floats(converted), floats(exited)
    seen = numbers(0, won.shape[-1]) <= floats(observed_age)[:, None]
    won, other = np.where(seen, won, 0.0), np.where(seen, other, 0.0)
    left_before = np.cumsum(won + other, axis=-1) - won - other
    at_risk = np.where(seen, floats(leads)[..., None] - left_before, 0.0)
    if (at_risk < won + other).any():
        raise ValueError("more leads convert or exit than entered their cohort: a lead is counted at two ages")
    return AgeCounts(at_risk.sum(axis=-2), won.sum(axis=-2), other.sum(axis=-2))


def competing_risk_curve(counts: AgeCounts) -> Curve:
    """Aalen-Johansen: h(a) = d(a) / R(a), S(a) = S(a-1)(1 - h_won - h_other), CIF(a) = sum S(a-1) h_won(a).

    Where nobody is at risk the hazard is 0. Raises ValueError for negative counts or more exits than at risk.
    """
    not_negative(at_risk=counts.at_risk, converted=counts.converted, exited=counts.exited)
    if (counts.converted + counts.exited > counts.at_risk).any():
        raise ValueError("more leads convert or exit at an age than are at risk at it")
    to_won = np.nan_to_num(divided(counts.converted, counts.at_risk))
    to_other = np.nan_to_num(divided(counts.exited, counts.at_risk))
    still_open = floats(np.cumprod(1 - to_won - to_other, axis=-1))
    open_before = np.concatenate([np.ones_like(still_open[..., :1]), still_open[..., :-1]], axis=-1)
    won = np.cumsum(open_before * to_won, axis=-1)
    other = np.cumsum(open_before * to_other, axis=-1)
    ultimate = won[..., -1]
    ages = won.shape[-1]
    unreached = cast(Floats, np.argmax(counts.at_risk[..., ::-1] > 0, axis=-1) + 0.0)
    last_age = ages - 1 - np.where(still_open[..., -1] <= 0, 0.0, unreached)
    return Curve(still_open, won, other, ultimate, divided(won, ultimate[..., None]), last_age)


def blend_with_plan(
    estimated: Curve,
    planned: ArrayLike,
    matured_conversions: ArrayLike,
    plan_weight: float = PLAN_CURVE_CONVERSIONS,
    least_conversions: float = PLAN_CURVE_CONVERSIONS,
) -> Floats:
    """The curve in use, (..., ages): the plan's until enough conversions matured, then weighted by conversions.

    G = (m * estimated + m0 * planned) / (m + m0), m = `matured_conversions` (...), m0 = `plan_weight`. A curve that
    could not be estimated (NaN) leaves the plan's. Ages beyond the last one reached are the plan's, and the estimate
    before them is what the plan says has happened by then, spread as seen: else a young history would look ripe.
    """
    own, plan = np.broadcast_arrays(estimated.maturity, floats(planned))
    last = np.broadcast_to(estimated.last_age[..., None], own.shape)
    tail = np.take_along_axis(plan, last[..., :1].astype(np.int64), axis=-1)
    own = np.where(numbers(0, own.shape[-1]) <= last, own * tail, plan)
    seen = floats(matured_conversions)[..., None]
    blended = (seen * own + plan_weight * plan) / (seen + plan_weight)
    return np.where((seen >= least_conversions) & ~np.isnan(own), blended, plan)


def maturity_at(maturity: ArrayLike, age_weeks: ArrayLike) -> Floats:
    """G at fractional ages, for daily data; `maturity` (ages,), result shaped as `age_weeks`.

    Age a is the end of week a, so age -1 is a cohort that just began to be observed (0); between ages G is linear,
    beyond the last age it stays.
    """
    curve = floats(maturity)
    return np.interp(floats(age_weeks), numbers(-1, len(curve)), np.concatenate([[0.0], curve]))


def expected_by_week(leads: ArrayLike, rate: ArrayLike, maturity: ArrayLike) -> Floats:
    """Conversions that each week should see from the cohorts of all ages, (sources, weeks), for `streams.rate_stream`.

    `leads` (sources, weeks) by week of creation, `rate` (sources,) ultimate conversions per lead under the plan,
    `maturity` (ages,): age a happens a weeks after creation. Cohorts before the first week are not known, so the first
    weeks of a history are short by what those would give; start as many weeks earlier as the curve has ages.
    """
    created, curve = floats(leads), floats(maturity)
    out = np.zeros_like(created)
    for age, part in enumerate(np.diff(curve, prepend=0.0)[: created.shape[1]]):
        out[:, age:] += part * created[:, : created.shape[1] - age]
    return out * np.broadcast_to(floats(rate), created.shape[:1])[:, None]


def is_curve(maturity: ArrayLike) -> Bools:
    """Whether each curve (..., ages) can be one: within 0..1, never falling, 1 at its last age."""
    curve = floats(maturity)
    inside = ((curve >= 0) & (curve <= 1)).all(axis=-1)
    rising = (np.diff(curve, axis=-1) >= 0).all(axis=-1)
    return inside & rising & (curve[..., -1] == 1)
