# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What each criterion is worth: do leads that fail it convert less? And which changes of the criteria that calls for.

Belongs here: cohorts old enough to judge, the two risks per criterion, and the list of changes to consider. Does not
belong here: counting leads (dbt), or changing a criterion (people do).

Only cohorts count that had the time in which nine tenths of conversions happen, and only conversions within that time,
so that every lead had the same chance. Sales rejects leads for the same faults, so failing a criterion costs
conversions in any case among all leads; among those that sales took in spite of it, only what the criterion tells does.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from orchestration.control.arrays import Floats, divided, floats
from orchestration.control.cells import ALL
from orchestration.control.ripening import PlanCurves
from orchestration.control.week_inputs import WeekInputs

RIPE_SHARE = 0.9
DEFAULT_HORIZON = 13
"""Weeks, where the plan states no curve for the step."""
COHORTS = 26
NOTICED = np.log(2) / (stats.norm.isf(0.025) + stats.norm.isf(0.2))
"""Standard error of a log ratio with which a halved conversion is noticed four times in five."""
PREDICTS, REVERSED, NOTHING, NOT_KNOWN = "predicts", "predicts_the_opposite", "predicts_nothing", "not_known"
ALL_LEADS, ACCEPTED = "all_leads", "accepted_by_sales"
STEPS = ("meeting", "opportunity")
REJECTION_WEEKS = 4
LEAST_SHARE = 0.02
"""Share of the rejections under which a reason given for ready leads is a slip of who rejects, not a missing rule."""
UNEXPLAINED = "unexplained_rejection"


@dataclass(frozen=True)
class Ratio:
    """A ratio of two shares with its interval, elementwise; NaN without leads on both sides."""

    ratio: Floats
    low: Floats
    high: Floats
    error: Floats


def ratio_of_shares(
    count: ArrayLike, size: ArrayLike, other_count: ArrayLike, other_size: ArrayLike, coverage: float = 0.95
) -> Ratio:
    """(count / size) / (other_count / other_size), with the adjusted-log interval (Walter 1975); zeros do not break it.

    `error` is the standard error of the ratio's logarithm.
    """
    x, n, y, m = floats(count), floats(size), floats(other_count), floats(other_size)
    known = (n > 0) & (m > 0)
    middle = np.log(divided((x + 0.5) * (m + 0.5), (y + 0.5) * (n + 0.5)))
    error = np.sqrt(1 / (x + 0.5) - 1 / (n + 0.5) + 1 / (y + 0.5) - 1 / (m + 0.5))
    reach = float(stats.norm.isf((1 - coverage) / 2)) * error
    ratio = divided(x * m, y * n)
    low, high = np.exp(middle - reach), np.exp(middle + reach)
    bounds = (ratio, np.fmin(low, ratio), np.fmax(high, ratio), error)
    return Ratio(*(np.where(known, each, np.nan) for each in bounds))


def worth_rows(inputs: WeekInputs, week: date) -> pd.DataFrame:
    """WORTH rows of a week: per criterion, step and population; `source` is always `all`.

    `verdict`: `predicts` when the interval of the conversion ratio is all under 1, `predicts_the_opposite` when above,
    `predicts_nothing` when it holds 1 and a halved conversion would have been noticed, else `not_known`.
    """
    curves = PlanCurves.in_force(inputs.curves, week)
    parts = [_step(inputs, curves, week, step) for step in STEPS]
    return pd.concat(parts, ignore_index=True).sort_values(["criterion_code", "to_stage", "population"])


def change_rows(inputs: WeekInputs, week: date, worth: pd.DataFrame) -> pd.DataFrame:
    """CHANGES rows of a week: criteria that predict nothing by its `worth` (as `worth_rows`), and rejections of ready
    leads by sales' reason.

    A criterion is listed by what it says of opportunities among all leads; rejections are those of the last
    REJECTION_WEEKS weeks, by reasons that have at least LEAST_SHARE of them. `share` is of all rejections of leads that
    the inspector could judge.
    """
    listed = worth.loc[
        (worth["to_stage"] == "opportunity")
        & (worth["population"] == ALL_LEADS)
        & worth["verdict"].isin([NOTHING, REVERSED])
    ]
    criteria = pd.DataFrame(
        {
            "kind": listed["verdict"],
            "subject": listed["criterion_code"],
            "leads": listed["failed"],
            "share": divided(listed["failed"], listed["failed"] + listed["passed"]),
            "evidence": [
                f"leads that fail it convert {low:.2f} to {high:.2f} times as often as those that pass"
                for low, high in zip(listed["conversion_low"], listed["conversion_high"], strict=True)
            ],
        }
    )
    return pd.concat([criteria, _unexplained(inputs, week)], ignore_index=True).assign(source=ALL)


def _unexplained(inputs: WeekInputs, week: date) -> pd.DataFrame:
    last = pd.Timestamp(week)
    recent = inputs.verdicts.loc[
        (inputs.verdicts["week_start"] > last - pd.Timedelta(weeks=REJECTION_WEEKS))
        & (inputs.verdicts["week_start"] <= last)
        & (inputs.verdicts["sales_verdict"] == "rejected")
        & (inputs.verdicts["inspector_verdict"] != "unevaluable")
    ]
    ready = recent.loc[recent["inspector_verdict"] == "ready"]
    leads = ready.groupby("reason_code", as_index=False)["leads"].sum()
    same = recent.groupby("reason_code")["leads"].sum()
    explained = leads["reason_code"].map(same) - leads["leads"]
    table = pd.DataFrame(
        {
            "kind": UNEXPLAINED,
            "subject": leads["reason_code"],
            "leads": leads["leads"],
            "share": divided(leads["leads"], recent["leads"].sum()),
            "evidence": [
                f"{here:.0f} ready leads rejected for it in {REJECTION_WEEKS} weeks, beside {there:.0f} defective ones"
                for here, there in zip(leads["leads"], explained, strict=True)
            ],
        }
    )
    often = table.loc[table["share"] >= LEAST_SHARE]
    return often.sort_values(["leads", "subject"], ascending=[False, True])


def _step(inputs: WeekInputs, curves: PlanCurves, week: date, step: str) -> pd.DataFrame:
    horizon = _horizon(curves, step)
    # A cohort's age 0 is its own week; it has had `horizon` weeks after that when this one ends.
    newest = pd.Timestamp(week) - pd.Timedelta(weeks=horizon)
    outcomes = inputs.outcomes.loc[
        (inputs.outcomes["to_stage"] == step)
        & (inputs.outcomes["cohort_week"] <= newest)
        & (inputs.outcomes["cohort_week"] > newest - pd.Timedelta(weeks=COHORTS))
    ]
    took = outcomes.loc[outcomes["is_accepted"]].assign(population=ACCEPTED)
    cells = pd.concat([outcomes.assign(population=ALL_LEADS), took], ignore_index=True)
    converted = cells["leads"].where(cells["age_weeks"] <= horizon, 0.0)
    side = np.where(cells["has_failed"], "failed", "passed")
    sums = cells.assign(converted=converted, side=side).pivot_table(
        index=["criterion_code", "population"], columns="side", values=["leads", "converted"], aggfunc="sum"
    )

    def count(name: str, which: str) -> "pd.Series[float]":
        known = (name, which) in sums.columns
        return sums[(name, which)].fillna(0.0) if known else pd.Series(0.0, index=sums.index)

    failed, passed = count("leads", "failed"), count("leads", "passed")
    won, others = count("converted", "failed"), count("converted", "passed")
    ratio = ratio_of_shares(won, failed, others, passed)
    lift = ratio_of_shares(failed - won, failed, passed - others, passed)
    verdict = np.select(
        [ratio.high < 1, ratio.low > 1, ratio.error <= NOTICED], [PREDICTS, REVERSED, NOTHING], NOT_KNOWN
    )
    table = pd.DataFrame(
        {
            "to_stage": step, "horizon_weeks": horizon, "failed": failed, "failed_converted": won, "passed": passed,
            "passed_converted": others, "conversion_ratio": ratio.ratio, "conversion_low": ratio.low,
            "conversion_high": ratio.high, "lift": lift.ratio, "lift_low": lift.low, "lift_high": lift.high,
            "verdict": verdict,
        },
        index=sums.index,
    )  # fmt: skip
    return table.reset_index().assign(source=ALL)


def _horizon(curves: PlanCurves, step: str) -> int:
    """Whole weeks in which RIPE_SHARE of a cohort's conversions happen, by the plan's curve."""
    curve = curves.of("lead", step, ALL)
    ripe = np.flatnonzero(curve >= RIPE_SHARE)
    return int(ripe[0]) if len(ripe) else DEFAULT_HORIZON
