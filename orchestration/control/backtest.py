# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Were past estimates right? Each past week estimated with what had happened then, scored by what came true.

Belongs here: the replay of the weekly run's own estimate and its scores beside naive rivals. Does not belong here: the
estimate itself (`cohort_columns.py`). Late landings are not replayed: what had happened by then counts, whenever it
landed.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.control import reserving
from orchestration.control.arrays import divided, floats
from orchestration.control.cohort_columns import cohorts_of, estimates, shape_of
from orchestration.control.credible_rate import covered_share
from orchestration.control.ripening import AGES, STEP_OF_MEASURE
from orchestration.control.week_inputs import WeekInputs

AGE, WEEKS = 4, 26
RIPE = 0.98
"""Share of a cohort's conversions that must have had time to come for it to tell what came true."""
ACCEPTABLE_COVERAGE = (0.65, 0.95)
LEAST_COHORTS = 20
"""Cohorts from which a coverage can be told from another."""
LEAST_AGES = 3
"""Ages of a triangle from which Mack's last sigma can be extrapolated."""
METHODS = ("credible", "plan_only", "naive")
KEYS = ["week_start", "source", "segment", "measure"]
COLUMNS = [*KEYS, *METHODS, "low", "high", "realised", "covered"]


@dataclass(frozen=True)
class Score:
    """Of one method: bias = sum estimated / sum realised - 1, error = sum |difference| / sum realised, and how many.

    The error is weighted by size because many cohorts realise nothing, where a percentage has no meaning. `coverage` is
    the share of what was realised that lies within the 80 % interval, a whole count by its own stretch of probability
    (`credible_rate.covered_share`); NaN for a method without one.
    """

    bias: float
    error: float
    coverage: float
    cohorts: int

    @property
    def coverage_is_acceptable(self) -> bool:
        """Whether the interval is neither boastful nor useless."""
        low, high = ACCEPTABLE_COVERAGE
        return low <= self.coverage <= high


def replay(inputs: WeekInputs, last: date, age: int = AGE, weeks: int = WEEKS) -> pd.DataFrame:
    """One row per week x source x segment x measure of the newest `weeks` cohorts that are ripe at the end of `last`.

    Columns COLUMNS: `credible` with its 80 % interval `low` to `high` as estimated `age` weeks after the cohort's,
    `plan_only` (Bornhuetter-Ferguson on the plan), `naive` (what had come by then), `realised`. No row for what was
    ripe at that age already, or for what the plan does not expect of a source.
    """
    ripe = _ripe(inputs, last, age)
    truth = come_true(ripe)
    told = [cohorts_of(inputs, [week], week + timedelta(weeks=age)) for week in _weeks(ripe)]
    return scored(pd.concat(told), truth, weeks) if told else pd.DataFrame(columns=COLUMNS)


def replay_company(inputs: WeekInputs, last: date, age: int = AGE, weeks: int = WEEKS) -> pd.DataFrame:
    """The referee: chain ladder on the triangle of all tactics together, with Mack's standard error.

    One row per week x measure: week_start, measure, estimate, its 80 % interval low to high, realised; for the cohorts
    of `replay`. No row where nothing had come of any cohort by that age: chain ladder is not defined there.
    """
    ripe = _ripe(inputs, last, age)
    truth = _newest(ripe.groupby(["week_start", "measure"])[["so_far"]].sum().reset_index(), weeks)
    rows: list[tuple[object, ...]] = []
    for week, own in truth.groupby("week_start"):
        monday = pd.Timestamp(str(week)).date()
        seen = inputs.until(monday + timedelta(weeks=age))
        for measure, realised in zip(own["measure"], own["so_far"], strict=True):
            found = _chain_ladder(seen, monday, age, STEP_OF_MEASURE[str(measure)])
            rows += [] if found is None else [(week, measure, *found, realised)]
    table = pd.DataFrame(rows, columns=["week_start", "measure", "estimate", "spread", "realised"])
    reach = float(stats.norm.ppf(0.9)) * table["spread"].astype(float)
    covered = ((table["realised"] - table["estimate"]).abs() <= reach).astype(float)
    return table.assign(low=table["estimate"] - reach, high=table["estimate"] + reach, covered=covered).drop(
        columns="spread"
    )


def scores(table: pd.DataFrame) -> dict[str, Score]:
    """Score of each of METHODS over rows of `replay`."""
    return {method: score(table, method, with_interval=method == "credible") for method in METHODS}


def score(table: pd.DataFrame, method: str, *, with_interval: bool) -> Score:
    """Score of the column `method` against `realised`, where it says anything; NaN where nothing was realised."""
    table = table.loc[table[method].notna()]
    real, estimate = (floats(table[name].to_numpy(dtype=float)) for name in ("realised", method))
    return Score(
        bias=float(divided(estimate.sum(), real.sum())) - 1,
        error=float(divided(np.abs(estimate - real).sum(), real.sum())),
        coverage=float(table["covered"].mean()) if with_interval and len(real) else float("nan"),
        cohorts=len(real),
    )


def _ripe(inputs: WeekInputs, last: date, age: int) -> pd.DataFrame:
    """`cohorts_of` rows of all cohorts at least `age` weeks old at the end of `last` of which nearly all has come."""
    first = inputs.first_week
    past = [] if first is None else [first + timedelta(weeks=n) for n in range((last - first).days // 7 - age + 1)]
    today = cohorts_of(inputs, past, last)
    return today.loc[today["ripe_leads"] >= RIPE * today["entered"]]


def _weeks(rows: pd.DataFrame) -> list[date]:
    return sorted({week.date() for week in rows["week_start"]})


def _chain_ladder(seen: WeekInputs, week: date, age: int, step: str) -> tuple[float, float] | None:
    """Ultimate of the company's cohort of `week` and its standard error, from what was `seen` `age` weeks later."""
    cohorts, first = seen.cohorts, seen.first_week
    assert first is not None
    own = cohorts.loc[(cohorts["from_stage"] == "lead") & (cohorts["to_stage"] == step)]
    origin = (own["cohort_week"] - pd.Timestamp(first)).dt.days.to_numpy() // 7
    oldest = (week - first).days // 7 + age
    triangle = np.zeros((oldest + 1, min(oldest + 1, AGES)))
    inside = own["age_weeks"].to_numpy() < triangle.shape[1]
    at = (origin[inside], own["age_weeks"].to_numpy()[inside])
    np.add.at(triangle, at, own["converted"].to_numpy(dtype=float)[inside])
    triangle = np.cumsum(triangle, axis=1)
    for number in range(oldest + 1):
        triangle[number, oldest - number + 1 :] = np.nan
    develops = np.where(np.isnan(triangle[:, 1:]), 0.0, triangle[:, :-1]).sum(axis=0) > 0
    begins = int(np.argmax(develops))
    if age < begins or triangle.shape[1] - begins < LEAST_AGES or not develops[begins:].all():
        return None
    known = triangle[: oldest + 1 - begins, begins:]
    ultimates, (errors, _) = reserving.chain_ladder(known), reserving.mack_standard_error(known)
    return float(ultimates[oldest - age]), float(errors[oldest - age])


def scored(told: pd.DataFrame, truth: "pd.Series[float]", weeks: int = WEEKS) -> pd.DataFrame:
    """COLUMNS of the estimates that were `told` (rows of `cohorts_of`) beside what came true, by KEYS.

    Of each measure's newest `weeks` cohorts; without those that were ripe when they were estimated.
    """
    open_then = still_open(told).reset_index(drop=True)
    if open_then.empty or truth.empty:
        return pd.DataFrame(columns=COLUMNS)
    table = open_then.join(truth, on=KEYS, how="inner")
    figures = estimates(table)
    expected_later = table["expected_at_age"] * (divided(table["entered"], table["ripe_leads"]) - 1)
    table = table.assign(
        credible=figures["matured"],
        low=figures["matured_low"],
        high=figures["matured_high"],
        plan_only=table["so_far"] + expected_later,
        naive=table["so_far"],
        covered=covered_share(table["outstanding"], shape_of(table), table["realised"] - table["so_far"]),
    )
    return _newest(table, weeks)[COLUMNS]


def still_open(told: pd.DataFrame) -> pd.DataFrame:
    """The estimated cohorts of which something was still to come."""
    return told.loc[(told["ripe_leads"] < RIPE * told["entered"]) & told["outstanding"].notna()]


def come_true(cohorts: pd.DataFrame) -> "pd.Series[float]":
    """What came of the cohorts of which nearly all has had time to come, by KEYS."""
    ripe = cohorts.loc[cohorts["ripe_leads"] >= RIPE * cohorts["entered"]]
    return ripe.set_index(KEYS)["so_far"].rename("realised")


def _newest(table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """The rows of each measure's newest `weeks` cohorts."""
    rank = table.groupby("measure")["week_start"].rank(method="dense", ascending=False)
    return table.loc[rank <= weeks].reset_index(drop=True)
