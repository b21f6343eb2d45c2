# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Whether shifts paid, at the ages their rules named: matured acquisitions against what would have happened anyway.

Belongs here: windows, baselines and the rows of `shift_evaluations`. Does not belong here: the formulas
(`evaluation.py`), or what the results say of a rule (`playbook_calibration.py`).

A shift is judged over whole cohort weeks, the first being the week of its Tuesday. The baseline is each source's shrunk
rate over the weeks before, at its old spend; the control index is what the sources that no shift touched did meanwhile.
A source's rate in the window is shrunk to its own baseline, so that a few early deals decide nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from orchestration.control.arrays import Floats, divided
from orchestration.control.evaluation import Estimate, control_index, counterfactual, naive_change, shift_effect
from orchestration.control.loop_schemas import EVALUATION_SCHEMA
from orchestration.control.playbook import RESERVE
from orchestration.control.shift_rows import HELD_OUT, PROPOSED, ROLLBACK

WEEK = timedelta(days=7)
BASELINE_WEEKS = 8
CARRIED_OUT = 0.5
"""Share of the agreed cut that must show in the donor's spend for a shift to count as carried out."""
COLUMNS = [name for name in EVALUATION_SCHEMA.names if name != "revision"]


@dataclass(frozen=True)
class Cohorts:
    """Weekly cohorts of leads per source, (sources, weeks), as known at the end of the last week.

    `won` so far, `maturity` the share of each cohort's deals that has had time to come, `spend` NaN where not known.
    Per source: `plan_rate` deals per lead, `kappa` its strength in leads.
    """

    sources: tuple[str, ...]
    weeks: tuple[date, ...]
    leads: Floats
    won: Floats
    maturity: Floats
    spend: Floats
    plan_rate: Floats
    kappa: Floats

    def columns(self, first: date, count: int) -> list[int]:
        """Columns of the `count` weeks from `first` on, those that the axis has."""
        wanted = {first + WEEK * back for back in range(count)}
        return [index for index, week in enumerate(self.weeks) if week in wanted]


def evaluate_shifts(states: pd.DataFrame, cohorts: Cohorts, plan_cost: float) -> pd.DataFrame:
    """Rows of `shift_evaluations` for shifts that reach one of their ages with the last week of `cohorts`.

    `states` are BUDGET_SHIFTS rows of all weeks; shifts that moved and triggers held out at random are judged.
    `plan_cost` is the planned money per acquisition, at which money in the reserve counts (NaN: not at all).
    """
    last = cohorts.weeks[-1]
    found: list[dict[str, object]] = []
    judged = states["verdict"].eq(HELD_OUT) | (states["verdict"].eq(PROPOSED) & states["is_agreed"])
    for _, legs in states.loc[judged].groupby("shift_id", sort=True):
        first = _monday(legs["effective_on"].iloc[0])
        age = (last - first).days // 7 + 1
        if str(age) in str(legs["evaluate_ages"].iloc[0]).split(","):
            found.append(_evaluation(legs, first, age, states, cohorts, plan_cost))
    frame = pd.DataFrame(found, columns=[name for name in COLUMNS if name not in ("week_start", "as_of")])
    return frame.assign(week_start=last)


def _evaluation(
    legs: pd.DataFrame, first: date, age: int, states: pd.DataFrame, cohorts: Cohorts, plan_cost: float
) -> dict[str, object]:
    head = legs.iloc[0]
    held_out = head["verdict"] == HELD_OUT
    moved = 0.0 if held_out else float(legs["amount"].sum())
    before, after = cohorts.columns(first - WEEK * BASELINE_WEEKS, BASELINE_WEEKS), cohorts.columns(first, age)
    base = _Baseline.of(cohorts, before, len(after))
    now = _realised(cohorts, after, base)
    index = control_index(*_untouched(states, cohorts, first, now, base, besides=str(head["from_source"])))
    without = counterfactual(base.shape, base.exposure, base.units, index)
    donor = _rows(cohorts, [str(head["from_source"])])
    receivers = _rows(cohorts, [] if held_out else [str(s) for s in legs["to_source"] if s != RESERVE])
    reserve = 0.0 if held_out else float(legs.loc[legs["to_source"] == RESERVE, "amount"].sum())
    saved = float(np.nan_to_num(divided(reserve * age, plan_cost)))
    received = _plus(_sum(now, receivers), saved)
    effect = shift_effect(received, _sum(without, receivers), _sum(now, donor), _sum(without, donor))
    touched = [*donor, *receivers]
    undone = _undone_on(states, str(head["shift_id"]))
    early = undone is not None and undone < first + WEEK * age
    return {
        "shift_id": str(head["shift_id"]),
        "rule_id": str(head["rule_id"]),
        "rule_version": int(head["rule_version"]),
        "age_weeks": age,
        "is_held_out": bool(held_out),
        "amount": moved,
        "predicted": float(head["predicted_gain"]) * age,
        "predicted_probability": float(head["predicted_probability"]),
        "effect": float(effect.effect.item()),
        "low": float(effect.low.item()),
        "high": float(effect.high.item()),
        "probability": float(effect.probability.item()),
        "verdict": "undecided" if early else str(effect.verdict.item()),
        "donor_actual": float(_sum(now, donor).mean.item()),
        "donor_counterfactual": float(_sum(without, donor).mean.item()),
        "receivers_actual": float(_sum(now, receivers).mean.item()),
        "receivers_counterfactual": float(_sum(without, receivers).mean.item()),
        "saved": saved,
        "control_index": index[0],
        "naive_change": _naive(cohorts, touched, before, after),
        "carried_out": _carried_out(cohorts, donor, before, after, moved),
        "note": f"undone on {undone}, before this age" if early else None,
    }


@dataclass(frozen=True)
class _Baseline:
    """Gamma posterior of each source's deals per lead before the shift, and the leads that its old spend would give."""

    shape: Floats
    exposure: Floats
    units: Floats

    @classmethod
    def of(cls, cohorts: Cohorts, before: Sequence[int], weeks: int) -> "_Baseline":
        used = np.nan_to_num(cohorts.leads[:, before] * cohorts.maturity[:, before]).sum(axis=1)
        won = np.nan_to_num(cohorts.won[:, before]).sum(axis=1)
        strength = np.maximum(cohorts.kappa, 1e-9)
        per_week = np.nan_to_num(cohorts.leads[:, before]).sum(axis=1) / max(len(before), 1)
        return cls(strength * np.nan_to_num(cohorts.plan_rate) + won, strength + used, per_week * weeks)


def _realised(cohorts: Cohorts, after: Sequence[int], base: _Baseline) -> Estimate:
    """Matured acquisitions of the window: its leads times its own rate, shrunk to the baseline's."""
    leads = np.nan_to_num(cohorts.leads[:, after])
    used = (leads * np.nan_to_num(cohorts.maturity[:, after])).sum(axis=1)
    shape = cohorts.kappa * divided(base.shape, base.exposure) + np.nan_to_num(cohorts.won[:, after]).sum(axis=1)
    exposure, total = np.maximum(cohorts.kappa, 1e-9) + used, leads.sum(axis=1)
    return Estimate(total * shape / exposure, total**2 * shape / exposure**2)


def _untouched(
    states: pd.DataFrame, cohorts: Cohorts, first: date, now: Estimate, base: _Baseline, besides: str
) -> tuple[Floats, Floats]:
    """Actual and expected acquisitions of the sources that no shift moved from the baseline's start on."""
    since, until = first - WEEK * BASELINE_WEEKS, cohorts.weeks[-1] + WEEK
    moving = states.loc[states["is_agreed"] & states["verdict"].isin((PROPOSED, ROLLBACK))]
    effective = pd.to_datetime(moving["effective_on"])
    during = moving.loc[(effective >= pd.Timestamp(since)) & (effective < pd.Timestamp(until))]
    touched = {*during["from_source"], *during["to_source"].dropna(), besides}
    free = [index for index, source in enumerate(cohorts.sources) if source not in touched]
    return now.mean[free], (base.units * divided(base.shape, base.exposure))[free]


def _naive(cohorts: Cohorts, rows: Sequence[int], before: Sequence[int], after: Sequence[int]) -> float:
    """Deals per week so far, window against baseline: what a plain before/after would claim."""
    mean = [np.nan_to_num(cohorts.won[np.ix_(rows, part)]).sum() / max(len(part), 1) for part in (before, after)]
    return float(naive_change(*mean))


def _carried_out(
    cohorts: Cohorts, donor: Sequence[int], before: Sequence[int], after: Sequence[int], moved: float
) -> float:
    """Share of the agreed cut by which the donor's spend fell from its baseline; NaN where nothing was to move."""
    if not moved or not donor:
        return float("nan")
    spend = [float(np.nanmean(cohorts.spend[np.ix_(donor, part)])) if part else np.nan for part in (before, after)]
    return float(divided(spend[0] - spend[1], moved))


def _undone_on(states: pd.DataFrame, shift: str) -> date | None:
    rows = states.loc[states["is_agreed"] & (states["undoes"] == shift), "effective_on"]
    return None if rows.empty else pd.Timestamp(rows.iloc[0]).date()


def _rows(cohorts: Cohorts, names: Sequence[str]) -> list[int]:
    return [cohorts.sources.index(name) for name in names if name in cohorts.sources]


def _sum(estimate: Estimate, rows: Sequence[int]) -> Estimate:
    return Estimate(np.asarray(estimate.mean[list(rows)].sum()), np.asarray(estimate.variance[list(rows)].sum()))


def _plus(estimate: Estimate, certain: float) -> Estimate:
    return Estimate(estimate.mean + certain, estimate.variance)


def _monday(day: object) -> date:
    tuesday = pd.Timestamp(str(day)).date()
    return tuesday - timedelta(days=tuesday.weekday())
