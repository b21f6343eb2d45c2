# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""How right the product's own estimates were: what each week said of an older cohort, scored when it came true.

Belongs here: the estimate a week keeps, and the scores of those kept so far. Does not belong here: the estimate
(`cohort_columns.py`), the scores' formulas, or a replay of weeks that kept none (`backtest.py`).

What is scored is what was told first: a later revision of a week knows more than the week did.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from orchestration.control.backtest import ACCEPTABLE_COVERAGE, AGE, LEAST_COHORTS, Score, scored, scores, still_open
from orchestration.control.cohort_columns import SUMS, estimates

ACCEPTABLE, TOO_SURE, TOO_UNSURE, TOO_FEW = "acceptable", "too_sure", "too_unsure", "too_few"
_DATES = dict.fromkeys(("told_week", "cohort_week"), "datetime64[ns]")
KEPT = ["source", "segment", "measure", "cohort_week", *SUMS]
STORED = ["week_start", "revision", *KEPT]
"""What of the stored ESTIMATES is scored."""


def estimate_rows(cohorts: pd.DataFrame) -> pd.DataFrame:
    """ESTIMATES rows without their label, of `cohort_columns.cohorts_of` rows: those of which something is to come."""
    rows = still_open(cohorts).rename(columns={"week_start": "cohort_week"}).reset_index(drop=True)
    figures = estimates(rows)
    told = {"estimate": figures["matured"], "low": figures["matured_low"], "high": figures["matured_high"]}
    return rows[KEPT].assign(age_weeks=AGE, **told)


@dataclass
class TrackRecord:
    """The estimates told so far, KEPT with `told_week`, the first revision of each week; grows as weeks are run."""

    told: pd.DataFrame

    @classmethod
    def of(cls, stored: pd.DataFrame | None) -> "TrackRecord":
        """From ESTIMATES rows of all revisions, if there are any."""
        if stored is None or stored.empty:
            return cls(pd.DataFrame(columns=["told_week", *KEPT]).astype(_DATES | dict.fromkeys(SUMS, float)))
        first = stored.groupby("week_start")["revision"].transform("min")
        rows = stored.loc[stored["revision"] == first].rename(columns={"week_start": "told_week"})
        return cls(rows[["told_week", *KEPT]].astype(_DATES))

    def add(self, week: date, rows: pd.DataFrame) -> None:
        """Keep what `week` says, unless it has said something before."""
        if (self.told["told_week"] == pd.Timestamp(week)).any():
            return
        parts = [part for part in (self.told, rows[KEPT].assign(told_week=pd.Timestamp(week))) if len(part)]
        self.told = pd.concat(parts, ignore_index=True) if parts else self.told

    def rows(self, week: date, truth: "pd.Series[float]", through: date) -> pd.DataFrame:
        """BACKTEST rows without their label: what was told up to `week`, by the `truth` (by KEYS) of week `through`."""
        told = self.told.loc[self.told["told_week"] <= pd.Timestamp(week)]
        table = scored(told.drop(columns="told_week").rename(columns={"cohort_week": "week_start"}), truth)
        rows = [_row(str(measure), own) for measure, own in table.groupby("measure", sort=True)]
        columns = ["measure", "cohorts", "coverage", "bias", "error", "error_plan", "error_naive", "verdict"]
        return pd.DataFrame(rows, columns=columns).assign(through_week=pd.Timestamp(through), age_weeks=AGE)


def cohort_told_in(week: date) -> date:
    """The cohort of which a week keeps its estimate."""
    return week - timedelta(weeks=AGE)


def _row(measure: str, own: pd.DataFrame) -> tuple[object, ...]:
    found = scores(own)
    ours = found["credible"]
    errors = (ours.error, found["plan_only"].error, found["naive"].error)
    return (measure, ours.cohorts, ours.coverage, ours.bias, *errors, verdict_on(ours))


def verdict_on(score: Score) -> str:
    """Whether the interval is as wide as it says, where there are enough cohorts to tell."""
    low, _ = ACCEPTABLE_COVERAGE
    if score.cohorts < LEAST_COHORTS:
        return TOO_FEW
    if score.coverage_is_acceptable:
        return ACCEPTABLE
    return TOO_SURE if score.coverage < low else TOO_UNSURE
