# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the cohorts of each tactic will come to: curves from the company's own history, rates, and the estimate.

Belongs here: laying cohorts out by week and age, choosing the curve in force, and the credible estimate of every step.
Does not belong here: the formulas (`maturation.py`, `credible_rate.py`, `shrinkage.py`), or what a difference from plan
means (`plan_against_actual.py`).

A week's observation ends with a whole week; events of a week that is not over are not read.
"""

from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import pandas as pd

from orchestration.control.arrays import Floats, Ints, divided, floats, numbers
from orchestration.control.axes import Axes
from orchestration.control.cells import ALL
from orchestration.control.credible_rate import RatePosterior, rate_posterior
from orchestration.control.maturation import AgeCounts, blend_with_plan, competing_risk_curve, pooled_counts
from orchestration.control.shrinkage import kappa_by_moments

AGES = 27
"""Ages 0 to 26 weeks: half a year, after which a cohort counts as ripe."""
RATE_WEEKS = 26
"""Cohorts whose conversions tell a tactic's rate."""
STEP_OF_MEASURE = {"accepted": "accepted", "meetings": "meeting", "opportunities": "opportunity", "won": "won"}
"""Measures of the plan that a cohort of leads grows into, and the step that leads to each."""


@dataclass(frozen=True)
class PlanCurves:
    """The plan's maturation curves in force in one week, (AGES,) per (from_stage, to_stage, segment)."""

    curves: dict[tuple[str, str, str], Floats]

    @classmethod
    def in_force(cls, rows: pd.DataFrame, week: date) -> "PlanCurves":
        """From `plan_maturation_curves`, of each the newest that holds on the Monday `week`."""
        day = pd.Timestamp(week)
        since, until = pd.to_datetime(rows["valid_from"]), pd.to_datetime(rows["valid_to"])
        held = rows.loc[(since <= day) & ~(until < day)].sort_values(["valid_from", "age_weeks"])
        found: dict[tuple[str, str, str], Floats] = {}
        for key, own in held.groupby(["from_stage", "to_stage", "segment"]):
            newest = own.loc[own["valid_from"] == own["valid_from"].iloc[-1]]
            ages, shares = (newest[name].to_numpy(dtype=np.float64) for name in ("age_weeks", "share"))
            found[cast("tuple[str, str, str]", key)] = floats(np.interp(numbers(0, AGES), ages, shares))
        return cls(found)

    def of(self, from_stage: str, to_stage: str, segment: str) -> Floats:
        """(AGES,): beyond its last stated age the curve stays; NaN where the plan states none."""
        return self.curves.get((from_stage, to_stage, segment), np.full(AGES, np.nan))


@dataclass(frozen=True)
class Step:
    """One step's cohorts: (units, weeks) entered, (units, weeks, ages) converted and exited at each age.

    `observed` (weeks,) is the last age fully seen; `planned` (units, weeks) the conversions that the plan's rate gives
    these leads in the end, NaN without a plan; `maturity` (units, ages) the curve in use.
    """

    entered: Floats
    converted: Floats
    exited: Floats
    observed: Ints
    planned: Floats
    maturity: Floats

    @property
    def converted_so_far(self) -> Floats:
        """(units, weeks): conversions at the ages fully seen."""
        seen = numbers(0, AGES) <= self.observed[:, None]
        return np.where(seen, self.converted, 0.0).sum(axis=-1)

    @property
    def maturity_now(self) -> Floats:
        """(units, weeks): share of each cohort's conversions that has had time to happen; 0 before it closed."""
        at = np.clip(self.observed, 0, AGES - 1)
        return np.where(self.observed >= 0, self.maturity[:, at], 0.0)

    def by_week(self, conversions: Floats | None = None) -> Floats:
        """(units, weeks): conversions counted in the week in which they happened, of cohorts on the axis."""
        source = self.converted if conversions is None else conversions
        out = np.zeros(source.shape[:2])
        for age in range(min(AGES, source.shape[1])):
            out[:, age:] += source[:, : source.shape[1] - age, age]
        return out

    def expected_by_week(self) -> Floats:
        """(units, weeks): conversions that the plan's rates and the curve put into each week; NaN without a plan."""
        parts = np.diff(self.maturity, prepend=0.0)
        return np.where(
            np.isnan(self.planned).all(axis=1, keepdims=True),
            np.nan,
            self.by_week(np.nan_to_num(self.planned)[..., None] * parts[:, None, :]),
        )


@dataclass(frozen=True)
class Ripe:
    """The estimate of a step's cohorts, (units, weeks): expected by the plan at this age, and still to come.

    `shape` (units, 1) is the gamma shape behind `outstanding`; `rate` the posterior per lead, (units,).
    """

    so_far: Floats
    maturity: Floats
    expected_at_age: Floats
    outstanding: Floats
    shape: Floats
    rate: RatePosterior
    plan_rate: Floats

    @property
    def ultimate(self) -> Floats:
        """Conversions in the end, U = C + N (1 - G) p."""
        return self.so_far + self.outstanding


def step_of(
    cohorts: pd.DataFrame,
    curves: PlanCurves,
    axes: Axes,
    last_week: date,
    planned_rate: Floats,
    to_stage: str,
    from_stage: str = "lead",
) -> Step:
    """One step of `fct_cohort_ages` on the axes, observed up to the end of `last_week`.

    `planned_rate` (units, weeks) conversions per lead that the plan expects; `curves` those in force in `last_week`.
    """
    own = cohorts.loc[(cohorts["from_stage"] == from_stage) & (cohorts["to_stage"] == to_stage)]
    observed = np.array([(last_week - week).days // 7 for week in axes.weeks], dtype=np.int64)
    entered = _by_age(own, axes, "entered")[:, :, 0]
    converted, exited = (_by_age(own, axes, column) for column in ("converted", "exited"))
    maturity = _maturity(entered, converted, exited, observed, axes, curves, from_stage, to_stage)
    return Step(entered, converted, exited, observed, entered * planned_rate, maturity)


def ripen(step: Step) -> Ripe:
    """The credible estimate of every cohort of a step: its rate from the last RATE_WEEKS cohorts, shrunk to plan.

    Where the plan has no rate, the tactics' pooled rate stands for it.
    """
    ripe, so_far = step.maturity_now, step.converted_so_far
    exposure = np.nan_to_num(step.entered * ripe)
    planned = divided(step.planned, step.entered)
    recent = slice(-RATE_WEEKS, None)
    used, won = exposure[:, recent].sum(axis=1), so_far[:, recent].sum(axis=1)
    plan_rate = divided(np.nan_to_num(exposure * planned)[:, recent].sum(axis=1), _known(exposure, planned, recent))
    plan_rate = np.where(np.isnan(plan_rate), _last_known(planned), plan_rate)
    pooled = float(divided(won.sum(), used.sum()))
    prior = np.where(np.isnan(plan_rate), pooled, plan_rate)
    rate = rate_posterior(used, won, np.nan_to_num(prior), kappa_by_moments(won, used, np.nan_to_num(prior)))
    outstanding = np.nan_to_num(step.entered * (1 - ripe)) * np.nan_to_num(rate.mean)[:, None]
    return Ripe(so_far, ripe, step.planned * ripe, outstanding, rate.shape[:, None], rate, plan_rate)


def planned_rates(plan: pd.DataFrame, axes: Axes, measure: str, per: str = "leads") -> Floats:
    """(units, weeks): the plan's `measure` per `per`, NaN where it states none."""
    return divided(axes.dense(plan, measure), axes.dense(plan, per))


def _by_age(own: pd.DataFrame, axes: Axes, column: str) -> Floats:
    at, age = axes.positions(own, "cohort_week"), own["age_weeks"].to_numpy(dtype=np.int64)
    inside = at.inside & (age < AGES)
    out = np.zeros((axes.units, len(axes.weeks), AGES))
    np.add.at(out, (at.row[inside], at.column[inside], age[inside]), own[column].to_numpy(dtype=np.float64)[inside])
    return out


def _maturity(
    entered: Floats,
    converted: Floats,
    exited: Floats,
    observed: Ints,
    axes: Axes,
    curves: PlanCurves,
    from_stage: str,
    to_stage: str,
) -> Floats:
    """(units, ages): the company's curve blended with the plan's, then each segment's own blended with that."""
    counts = pooled_counts(entered, converted, exited, np.minimum(observed, AGES - 1))
    planned = curves.of(from_stage, to_stage, ALL)
    company = _blended(counts, np.ones(axes.units, dtype=np.bool_), planned)
    out = np.tile(company, (axes.units, 1))
    for segment in sorted(set(axes.segments) - {ALL}):
        rows = np.array([own == segment for own in axes.segments])
        stated = curves.of(from_stage, to_stage, segment)
        out[rows] = _blended(counts, rows, company if np.isnan(stated).all() else stated)
    return out


def _blended(counts: AgeCounts, rows: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]", planned: Floats) -> Floats:
    parts = (counts.at_risk, counts.converted, counts.exited)
    pooled = AgeCounts(*(cast(Floats, part[rows].sum(axis=0)) for part in parts))
    own = competing_risk_curve(pooled)
    if np.isnan(planned).all():
        return np.nan_to_num(own.maturity)
    return blend_with_plan(own, planned, pooled.converted.sum())


def _known(exposure: Floats, planned: Floats, recent: slice) -> Floats:
    """Exposure of the cohorts that have a planned rate."""
    return np.where(np.isnan(planned), 0.0, exposure)[:, recent].sum(axis=1)


def _last_known(values: Floats) -> Floats:
    """The last value of each row that is known, NaN where none is."""
    filled = pd.DataFrame(values).ffill(axis=1)
    return floats(filled.iloc[:, -1].to_numpy(dtype=np.float64)) if values.shape[1] else np.full(len(values), np.nan)
