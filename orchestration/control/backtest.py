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

from orchestration.control.arrays import divided, floats
from orchestration.control.cohort_columns import cohorts_of, estimates
from orchestration.control.week_inputs import WeekInputs

AGE, WEEKS = 4, 26
RIPE = 0.98
"""Share of a cohort's conversions that must have had time to come for it to tell what came true."""
ACCEPTABLE_COVERAGE = (0.65, 0.95)
LEAST_COHORTS = 20
"""Cohorts from which a coverage can be told from another."""
METHODS = ("credible", "plan_only", "naive")
KEYS = ["week_start", "source", "segment", "measure"]
COLUMNS = [*KEYS, *METHODS, "low", "high", "realised"]


@dataclass(frozen=True)
class Score:
    """Of one method: bias = sum estimated / sum realised - 1, error = sum |difference| / sum realised, and how many.

    The error is weighted by size because many cohorts realise nothing, where a percentage has no meaning. `coverage` is
    the share of realised values within the 80 % interval, NaN for a method without one.
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
    first, step = inputs.first_week, timedelta(weeks=1)
    if first is None:
        return pd.DataFrame(columns=COLUMNS)
    past = [first + step * number for number in range((last - first).days // 7 - age + 1)]
    today = cohorts_of(inputs, past, last)
    ripe = today.loc[today["ripe_leads"] >= RIPE * today["entered"]]
    truth = ripe.set_index(KEYS)["so_far"].rename("realised")
    known = sorted({week.date() for week in ripe["week_start"]})
    told = [cohorts_of(inputs, [week], week + step * age) for week in known]
    return _scored(pd.concat(told), truth, weeks) if told else pd.DataFrame(columns=COLUMNS)


def scores(table: pd.DataFrame) -> dict[str, Score]:
    """Score of each of METHODS over rows of `replay`; NaN where nothing was realised."""
    real = floats(table["realised"].to_numpy(dtype=float))
    inside = (real >= table["low"].to_numpy(dtype=float)) & (real <= table["high"].to_numpy(dtype=float))
    out: dict[str, Score] = {}
    for method in METHODS:
        estimate = floats(table[method].to_numpy(dtype=float))
        bias = float(divided(estimate.sum(), real.sum())) - 1
        error = float(divided(np.abs(estimate - real).sum(), real.sum()))
        covered = float(inside.mean()) if method == "credible" and len(real) else float("nan")
        out[method] = Score(bias, error, covered, len(real))
    return out


def _scored(told: pd.DataFrame, truth: "pd.Series[float]", weeks: int) -> pd.DataFrame:
    """Estimates beside what came true, of each measure's newest `weeks` cohorts."""
    open_then = told.loc[(told["ripe_leads"] < RIPE * told["entered"]) & told["outstanding"].notna()]
    table = open_then.reset_index(drop=True).join(truth, on=KEYS, how="inner")
    figures = estimates(table)
    expected_later = table["expected_at_age"] * (divided(table["entered"], table["ripe_leads"]) - 1)
    table = table.assign(
        credible=figures["matured"],
        low=figures["matured_low"],
        high=figures["matured_high"],
        plan_only=table["so_far"] + expected_later,
        naive=table["so_far"],
    )
    newest = table.groupby("measure")["week_start"].rank(method="dense", ascending=False)
    return table.loc[newest <= weeks, COLUMNS].reset_index(drop=True)
