"""One weekly run: every table of a week's revision, from one reading of the served copy.

Belongs here: the order in which the pieces are called. Does not belong here: the pieces, Dagster (`assets.py`) or
storing (`revisions.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from orchestration.control.axes import weeks_until
from orchestration.control.backtest import come_true
from orchestration.control.capacity_week import capacity_rows
from orchestration.control.cells import align
from orchestration.control.cohort_columns import MOST_WEEKS, cohorts_of, matured_cells, with_cohorts
from orchestration.control.data_gates import gates_at
from orchestration.control.dispute import dispute_rows
from orchestration.control.drivers import weekly_drivers
from orchestration.control.judges import judge_rows
from orchestration.control.metric_charts import chart_rows, process_chart_rows
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.quality import pareto_rows, quality_rows
from orchestration.control.quality_schemas import (
    BACKTEST,
    CHANGES,
    CHARTS,
    DISPUTE,
    ESTIMATES,
    JUDGES,
    PARETO,
    QUALITY,
    WORTH,
)
from orchestration.control.schemas import CAPACITY, DRIVERS, SIGNALS, VARIANCE
from orchestration.control.signal_columns import COLUMNS as SIGNAL_COLUMNS
from orchestration.control.signal_columns import MetricReadings, read_metrics, signal_columns
from orchestration.control.standing import Standing, standing_at
from orchestration.control.track_record import TrackRecord, cohort_told_in, estimate_rows
from orchestration.control.week_inputs import WeekInputs
from orchestration.control.week_state import JudgedWeek, WeekStatus, judge_weeks
from orchestration.control.weekly_signals import weekly_signals
from orchestration.control.worth import change_rows, worth_rows
from orchestration.ingest.lake import naive_utc

MATURED, COUNTED = "matured", "counted"
"""What drivers explain: what the week's leads will come to, or, where that is not known, what the week counted."""


@dataclass(frozen=True)
class WeekResult:
    """A judged week and its rows per table of `schemas.TABLES`."""

    week: JudgedWeek
    tables: dict[str, pd.DataFrame]


def run_week_tables(
    inputs: WeekInputs,
    statuses: Mapping[date, WeekStatus],
    weeks: Sequence[date],
    as_of: datetime,
    zone: ZoneInfo,
    told_before: pd.DataFrame | None = None,
) -> Iterator[WeekResult]:
    """Results of `weeks`, oldest first, as of `as_of` (aware). Raises ResidualError if a decomposition is not exact.

    What a week's leads have come to is seen as of the newest closed week; where tactics stood, as of the week's end.
    `told_before` has the ESTIMATES rows of all stored revisions, which are scored beside those of this run.
    """
    at = naive_utc(as_of)
    closed = [week for week, status in statuses.items() if status.is_closed]
    grown = _Grown.of(inputs, max(closed, default=None))
    record = TrackRecord.of(told_before)
    for week in judge_weeks(sorted(weeks), statuses, inputs.policy, as_of, zone):
        start = week.week_start
        status = statuses.get(start)
        is_closed = status is not None and status.is_closed
        known = inputs.until(start)
        standing = _standing(known, start) if is_closed else None
        variance, drivers = _variance(inputs, week, *grown.cohorts(start), at)
        readings = None if standing is None else read_metrics(known, start, standing)
        variance = _with_signals(variance, readings, standing)
        signals = weekly_signals(known, week, standing, gates_at(inputs, start, at), is_closed, at)
        label = {"week_start": pd.Timestamp(start), "iso_week": week.iso_week, "as_of": at}
        capacity = capacity_rows(inputs, start).assign(**label)
        tables = {VARIANCE: variance, DRIVERS: drivers, CAPACITY: capacity, SIGNALS: signals}
        quality = _quality(inputs, start) if is_closed else {}
        if readings is not None:
            own, process = chart_rows(readings.axes, readings.charts), process_chart_rows(known, start)
            quality[CHARTS] = pd.concat([own, process], ignore_index=True)
            quality |= _estimates(record, grown, start)
        yield WeekResult(week, tables | {name: rows.assign(**label) for name, rows in quality.items()})


def _estimates(record: TrackRecord, grown: "_Grown", week: date) -> dict[str, pd.DataFrame]:
    """What the week says of an older cohort, and how right what was said so far has turned out to be."""
    said = estimate_rows(grown.seen_at(week, cohort_told_in(week)))
    record.add(week, said)
    if grown.observed is None:
        return {ESTIMATES: said}
    return {ESTIMATES: said, BACKTEST: record.rows(week, come_true(grown.together), grown.observed)}


@dataclass(frozen=True)
class _Grown:
    """What all leads have come to by the end of week `observed`, None where no week has closed.

    Laid out once for all weeks whose history is equally long, as each is seen from the same newest week.
    """

    inputs: WeekInputs
    observed: date | None
    together: pd.DataFrame

    @classmethod
    def of(cls, inputs: WeekInputs, observed: date | None) -> "_Grown":
        if observed is None:
            return cls(inputs, None, pd.DataFrame())
        every = weeks_until(observed, inputs.first_week or observed, MOST_WEEKS)
        return cls(inputs, observed, cohorts_of(inputs, every, observed))

    def seen_at(self, week: date, cohort: date) -> pd.DataFrame:
        """`cohort_columns.cohorts_of` the week `cohort` as it was seen at the end of `week`."""
        if week == self.observed:
            return self.together.loc[self.together["week_start"] == pd.Timestamp(cohort)]
        return cohorts_of(self.inputs, [cohort], week)

    def cohorts(self, week: date) -> tuple[pd.DataFrame, date]:
        """`cohort_columns.cohorts_of` one week, and the week at whose end it is seen."""
        observed = week if self.observed is None else self.observed
        if self.observed is None or not _is_recent(week, observed):
            return cohorts_of(self.inputs, [week], observed), observed
        return self.together.loc[self.together["week_start"] == pd.Timestamp(week)], observed


def _is_recent(week: date, observed: date) -> bool:
    return (observed - week).days // 7 < MOST_WEEKS


def _quality(inputs: WeekInputs, week: date) -> dict[str, pd.DataFrame]:
    """The week's quality tables; a week that is not closed has none."""
    worth = worth_rows(inputs, week)
    return {
        QUALITY: quality_rows(inputs, week),
        PARETO: pareto_rows(inputs, week),
        DISPUTE: dispute_rows(inputs, week),
        JUDGES: judge_rows(inputs, week),
        WORTH: worth,
        CHANGES: change_rows(inputs, week, worth),
    }


def _variance(
    inputs: WeekInputs, week: JudgedWeek, cohorts: pd.DataFrame, observed: date, as_of: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = align(inputs.actual, inputs.plan, [week.week_start])
    variance = with_cohorts(weekly_variance(cells, [week], as_of), cohorts, observed)
    drivers = weekly_drivers(matured_cells(cells, cohorts), [week], as_of)
    return variance, drivers.assign(basis=COUNTED if cohorts.empty else MATURED)


def _with_signals(variance: pd.DataFrame, readings: MetricReadings | None, standing: Standing | None) -> pd.DataFrame:
    """`variance` with SIGNAL_COLUMNS, NULL where there is no standing."""
    if readings is None or standing is None:
        return variance.assign(**dict.fromkeys(SIGNAL_COLUMNS))
    return variance.merge(signal_columns(readings, standing), on=["source", "segment", "metric"], how="left")


def _standing(inputs: WeekInputs, week: date) -> Standing | None:
    """The standing of tactics, None where nothing had happened by then."""
    first = inputs.first_week
    return standing_at(inputs, week, "tactic") if first is not None and first <= week else None
