"""One weekly run: every table of a week's revision, from one reading of the served copy.

Belongs here: the order in which the pieces are called. Does not belong here: the pieces, Dagster (`assets.py`) or
storing (`revisions.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from orchestration.control.capacity_week import capacity_rows
from orchestration.control.cells import align
from orchestration.control.cohort_columns import cohorts_of, matured_cells, with_cohorts
from orchestration.control.data_gates import gates_at
from orchestration.control.dispute import dispute_rows
from orchestration.control.drivers import weekly_drivers
from orchestration.control.judges import judge_rows
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.quality import pareto_rows, quality_rows
from orchestration.control.quality_schemas import CHANGES, DISPUTE, JUDGES, PARETO, QUALITY, WORTH
from orchestration.control.schemas import CAPACITY, DRIVERS, SIGNALS, VARIANCE
from orchestration.control.signal_columns import COLUMNS as SIGNAL_COLUMNS
from orchestration.control.signal_columns import signal_columns
from orchestration.control.standing import Standing, standing_at
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
    inputs: WeekInputs, statuses: Mapping[date, WeekStatus], weeks: Sequence[date], as_of: datetime, zone: ZoneInfo
) -> Iterator[WeekResult]:
    """Results of `weeks`, oldest first, as of `as_of` (aware). Raises ResidualError if a decomposition is not exact.

    What a week's leads have come to is seen as of the newest closed week; where tactics stood, as of the week's end.
    """
    at = naive_utc(as_of)
    closed = [week for week, status in statuses.items() if status.is_closed]
    for week in judge_weeks(sorted(weeks), statuses, as_of, zone):
        start = week.week_start
        status = statuses.get(start)
        is_closed = status is not None and status.is_closed
        standing = _standing(inputs, start) if is_closed else None
        observed = max([start, *closed]) if is_closed else max(closed, default=start)
        variance, drivers = _variance(inputs, week, standing, observed, at)
        signals = weekly_signals(inputs, week, standing, gates_at(inputs, start, at), is_closed, at)
        label = {"week_start": pd.Timestamp(start), "iso_week": week.iso_week, "as_of": at}
        capacity = capacity_rows(inputs, start).assign(**label)
        tables = {VARIANCE: variance, DRIVERS: drivers, CAPACITY: capacity, SIGNALS: signals}
        quality = {name: rows.assign(**label) for name, rows in _quality(inputs, start).items()} if is_closed else {}
        yield WeekResult(week, tables | quality)


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
    inputs: WeekInputs, week: JudgedWeek, standing: Standing | None, observed: date, as_of: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    weeks = [week.week_start]
    cells = align(inputs.actual, inputs.plan, weeks)
    cohorts = cohorts_of(inputs, weeks, observed) if week.week_start <= observed else cohorts_of(inputs, [], observed)
    variance = with_cohorts(weekly_variance(cells, [week], as_of), cohorts, observed)
    drivers = weekly_drivers(matured_cells(cells, cohorts), [week], as_of)
    drivers = drivers.assign(basis=COUNTED if cohorts.empty else MATURED)
    if standing is None:
        return variance.assign(**dict.fromkeys(SIGNAL_COLUMNS)), drivers
    signals = signal_columns(inputs, week.week_start, standing)
    return variance.merge(signals, on=["source", "segment", "metric"], how="left"), drivers


def _standing(inputs: WeekInputs, week: date) -> Standing | None:
    """The standing of tactics, None where nothing had happened by then."""
    first = inputs.first_week
    return standing_at(inputs, week, "tactic") if first is not None and first <= week else None
