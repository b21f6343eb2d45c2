# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What the leads of a week have come to so far and will come to, beside the plan: the cohort columns of the variance.

Belongs here: cohort figures per tactic and roll-up, and whether a cohort is old enough to be judged. Does not belong
here: the estimate itself (`ripening.py`), what happened in the week whatever its leads' age (`plan_against_actual.py`).

A cohort is the leads created in the week; its age is counted in whole weeks, from 0 at the week's end. Naive figures
divide by what has converted so far; they are shown as what not to believe.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.axes import axes_of, weeks_until
from orchestration.control.cells import ALL, GRAIN, SPEND
from orchestration.control.credible_rate import age_equal_index, predictive_interval, too_young
from orchestration.control.plan_against_actual import judged_status
from orchestration.control.ripening import STEP_OF_MEASURE, PlanCurves, planned_rates, ripen, step_of
from orchestration.control.week_inputs import WeekInputs

MOST_WEEKS = 104
COST = "cost_per_acquisition"
TOO_YOUNG = "too_young"
SUMS = ["entered", "so_far", "expected_at_age", "outstanding", "spread", "ripe_leads"]
COLUMNS = [
    "age_weeks",
    "maturity",
    "actual_at_age",
    "expected_at_age",
    "index_at_age",
    "matured",
    "matured_low",
    "matured_high",
    "age_status",
    "naive",
]


def cohorts_of(inputs: WeekInputs, weeks: Sequence[date], observed: date) -> pd.DataFrame:
    """Sums per week x source x segment x measure of the cohorts of `weeks` as seen at the end of week `observed`.

    Columns GRAIN, measure, SUMS (`spread` is the variance of `outstanding`); none for a week after `observed`, or
    before the first that anything is known of.
    """
    first = inputs.first_week
    wanted = [] if first is None else [week for week in weeks if first <= week <= observed]
    if first is None or not wanted or inputs.cohorts.empty:
        return pd.DataFrame(columns=[*GRAIN, "measure", *SUMS])
    known = inputs.until(observed)
    axis = weeks_until(observed, first, max(MOST_WEEKS, (observed - min(wanted)).days // 7 + 1))
    axes = axes_of([known.actual, known.plan], axis, "tactic")
    columns = [axis.index(week) for week in wanted if week >= axis[0]]
    curves = PlanCurves.in_force(known.curves, observed)
    parts: list[pd.DataFrame] = []
    for measure, name in STEP_OF_MEASURE.items():
        step = step_of(known.cohorts, curves, axes, observed, planned_rates(known.plan, axes, measure), name)
        ripe = ripen(step)
        spread = ripe.outstanding + divided(ripe.outstanding**2, np.broadcast_to(ripe.shape, ripe.outstanding.shape))
        values = (step.entered, ripe.so_far, ripe.expected_at_age, ripe.outstanding, np.nan_to_num(spread))
        values = (*values, step.entered * ripe.maturity)
        for column in columns:
            part = axes.frame().assign(week_start=pd.Timestamp(axis[column]), measure=measure)
            parts.append(part.assign(**{key: value[:, column] for key, value in zip(SUMS, values, strict=True)}))
    return pd.concat(parts, ignore_index=True)


def with_cohorts(variance: pd.DataFrame, cohorts: pd.DataFrame, observed: date) -> pd.DataFrame:
    """`variance` rows (plan_against_actual.weekly_variance) with COLUMNS; `cohorts` as from `cohorts_of`.

    The measures of STEP_OF_MEASURE get counts; cost_per_acquisition gets money per acquisition, spend over the
    estimate, and its `naive` is spend over what was won so far. Its status is the cohort's, when there is one: spend
    over the deals won in a week answers another question. All other rows have NULL.
    """
    totals = _rolled(cohorts)
    counts = totals.rename(columns={"measure": "metric"}).assign(**estimates(totals))
    own = variance.merge(counts[[*GRAIN, "metric", *SUMS, "matured", "matured_low", "matured_high"]], "left")
    # Conversions that no feed delivers are not known, however many leads there are to convert.
    own.loc[own["actual"].isna(), [*SUMS, "matured", "matured_low", "matured_high"]] = np.nan
    own["age_weeks"] = (pd.Timestamp(observed) - own["week_start"]).dt.days // 7
    own["maturity"] = divided(own["ripe_leads"].to_numpy(), own["entered"].to_numpy())
    own["actual_at_age"], own["naive"] = own["so_far"], np.nan
    own["index_at_age"] = age_equal_index(own["so_far"].to_numpy(), own["expected_at_age"].to_numpy())
    _add_cost(own)
    own["age_status"] = _status(own)
    judged = (own["metric"] == COST) & own["age_status"].notna()
    own["status"] = own["status"].astype("object").mask(judged, own["age_status"])
    own["age_weeks"] = own["age_weeks"].where(own["matured"].notna())
    return own[[*variance.columns, *COLUMNS]]


def matured_cells(cells: pd.DataFrame, cohorts: pd.DataFrame) -> pd.DataFrame:
    """`cells` whose actual conversions are what the week's leads will come to, for the drivers; others stay as counted.

    Where every cell of a week has its cohort, won is never a sampling zero.
    """
    wide = cohorts.assign(ultimate=cohorts["so_far"] + cohorts["outstanding"])
    wide = wide.pivot_table(index=GRAIN, columns="measure", values="ultimate", aggfunc="sum").reset_index()
    joined = cells.merge(wide, on=GRAIN, how="left", suffixes=("", "_matured"))
    out = cells.copy()
    for measure in STEP_OF_MEASURE:
        if measure in wide.columns:
            known = joined[f"{measure}_actual"].notna() & joined[measure].notna()
            out[f"{measure}_actual"] = joined[f"{measure}_actual"].mask(known, joined[measure]).to_numpy()
    return out


def _rolled(cohorts: pd.DataFrame) -> pd.DataFrame:
    """The cells and their sums per source, segment and week, with 'all'."""
    kept: tuple[list[str], ...] = (["source", "segment"], ["source"], ["segment"], [])
    parts = [
        cohorts.groupby(["week_start", "measure", *keys])[SUMS]
        .sum(min_count=1)
        .reset_index()
        .assign(**{key: ALL for key in ("source", "segment") if key not in keys})
        for keys in kept
    ]
    return pd.concat(parts, ignore_index=True).astype(dict.fromkeys(SUMS, np.float64))


def estimates(totals: pd.DataFrame) -> dict[str, Floats]:
    """The estimate and its 80 % interval; a sum's interval from the sum of means and variances."""
    mean = totals["outstanding"].to_numpy()
    low, high = predictive_interval(mean, shape_of(totals))
    so_far = totals["so_far"].to_numpy()
    return {"matured": so_far + mean, "matured_low": so_far + low, "matured_high": so_far + high}


def shape_of(totals: pd.DataFrame) -> Floats:
    """Gamma shape of what is outstanding, from its mean and variance; very large where it varies as Poisson does."""
    mean, spread = (totals[name].to_numpy(dtype=np.float64) for name in ("outstanding", "spread"))
    shape = divided(mean**2, spread - mean)
    return np.where(np.isnan(shape), 1e9, shape)


def _add_cost(own: pd.DataFrame) -> None:
    """Fill the rows of cost per acquisition from those of won and of spend, in place."""
    rows = (own["metric"] == COST).to_numpy()
    keys = pd.MultiIndex.from_frame(own.loc[rows, GRAIN])
    parts = {metric: own.loc[own["metric"] == metric] for metric in (SPEND, "won")}
    places = {metric: pd.MultiIndex.from_frame(part[GRAIN]).get_indexer(keys) for metric, part in parts.items()}

    def of(metric: str, column: str) -> Floats:
        values = parts[metric][column].to_numpy(dtype=np.float64, na_value=np.nan)
        return floats(np.append(values, np.nan)[places[metric]])

    spend = of(SPEND, "actual")
    for column, count in (
        ("matured", "matured"),
        ("matured_low", "matured_high"),
        ("matured_high", "matured_low"),
        ("naive", "actual_at_age"),
    ):
        own.loc[rows, column] = divided(spend, of("won", count))
    for column in ("expected_at_age", "maturity", "index_at_age"):
        own.loc[rows, column] = of("won", column)
    # More than planned is worse: the expectation in money at this age is spend over the acquisitions expected by now.
    own.loc[rows, "expected_at_age"] = divided(spend, of("won", "expected_at_age"))


def _status(own: pd.DataFrame) -> "pd.Series[str]":
    """Too young, or the estimate against plan as any other figure is; NULL where there is no estimate."""
    matured, plan = own["matured"].to_numpy(dtype=float), own["plan"].to_numpy(dtype=float)
    is_cost = (own["metric"] == COST).to_numpy()
    gain = np.where(is_cost, plan - matured, matured - plan)
    status = pd.Series(judged_status(plan, matured, gain), index=own.index).astype("object")
    won = own["metric"] == "won"
    keys = pd.MultiIndex.from_frame(own[GRAIN])
    expected = own.loc[won].set_index(pd.MultiIndex.from_frame(own.loc[won, GRAIN]))["expected_at_age"]
    due = np.where(is_cost, expected.reindex(keys).to_numpy(), own["expected_at_age"].to_numpy(dtype=float))
    young = too_young(np.nan_to_num(due), np.nan_to_num(own["maturity"].to_numpy(dtype=float)))
    return status.mask(pd.Series(young, index=own.index), TOO_YOUNG).where(own["matured"].notna(), None)
