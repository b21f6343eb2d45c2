"""A small simulated company, delivered and run through the whole daily line once, and what its weeks then say.

Four tactics at full size, so that faults are as visible as in a large company; no web touches, which no weekly figure
reads. The plan is the committed one, cut to the tactics and to teams as busy as its own.
"""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pandas as pd

from orchestration.control.inputs import read_statuses
from orchestration.control.week_inputs import WeekInputs, read_week_inputs
from orchestration.control.week_state import WeekStatus
from orchestration.control.weekly_run import WeekResult, run_week_tables
from orchestration.partitions import as_of_for_day
from orchestration.runner import run_job
from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.verdict import Verdict, judge
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.simulation import simulate

TACTICS = (
    ("content_syndication", "enterprise"),
    ("linkedin_ads", "enterprise"),
    ("paid_search", "mid_market"),
    ("webinars", "mid_market"),
)
FIRST = date(2026, 3, 2)
WEEKS, HISTORY, FAULT_WEEK = 10, 14, 4
PEOPLE = {"sdr": 7, "ae": 6}


@dataclass(frozen=True)
class Delivered:
    """What the published copy holds after the last day."""

    inputs: WeekInputs
    statuses: dict[date, WeekStatus]
    as_of: datetime
    settings: Settings

    def weeks(self, *weeks: date) -> Iterator[WeekResult]:
        """The weekly run's tables of these weeks."""
        return run_week_tables(self.inputs, self.statuses, weeks, self.as_of, self.settings.zone)

    def signals(self, *weeks: date) -> pd.DataFrame:
        """All signals of these weeks."""
        return pd.concat([result.tables["weekly_signals"] for result in self.weeks(*weeks)], ignore_index=True)

    def close(self, first: date, last: date) -> "Closed":
        """Run the weekly job for these weeks, as `andon close` does, and read what it published."""
        run_job(self.settings, "weekly", first, last, self.as_of)
        zone, currency = self.settings.zone, self.settings.currency
        with open_served(self.settings) as con:
            weeks = [first + timedelta(weeks=back) for back in range((last - first).days // 7 + 1)]
            verdicts = {week: judge(collect(con, week, zone=zone, currency=currency)) for week in weeks}
            shifts = con.execute("select * from marts.budget_shifts order by week_start, shift_id, leg").df()
        [page] = self.settings.reports.glob(f"weekly/{last:%G-W%V}/index.html")
        return Closed(verdicts, shifts, unescape(page.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Closed:
    """The verdict of each week, the legs of all shifts (one row each), and the review of the last week as text."""

    verdicts: dict[date, Verdict]
    shifts: pd.DataFrame
    page: str


def monday(week: int) -> date:
    """Monday of the simulated week with that number, from 0."""
    return FIRST + timedelta(weeks=week)


def deliver(home: Path, scenario: str, seed: int, days_less: int = 0, fault: date | None = None) -> Delivered:
    """Simulate the company, run every day up to the last (less `days_less`), and read what was published."""
    settings = Settings(home=home, plan_dir=small_plan(home / "plan"))
    last = FIRST + timedelta(days=7 * WEEKS - 1 - days_less)
    simulate(
        settings,
        FIRST,
        last,
        seed=seed,
        scenario=scenario,
        fault_start=fault or monday(FAULT_WEEK),
        history_weeks=HISTORY,
        plan_out=home / "plan_after" if scenario == "pivot_without_capacity" else None,
    )
    shutil.rmtree(settings.landing / "web", ignore_errors=True)
    as_of = as_of_for_day(last, settings.zone)
    run_job(settings, "daily", last, last, as_of)
    with open_served(settings) as con:
        statuses, _ = read_statuses(con)
        return Delivered(read_week_inputs(con), statuses, as_of.astimezone(UTC), settings)


def small_plan(folder: Path) -> Path:
    """The committed plan with TACTICS and PEOPLE only."""
    shutil.copytree(DBT_PROJECT / "seeds" / "plan", folder)
    for table in ("targets", "budgets", "resources"):
        _keep(folder / f"{table}.csv", lambda row: (row["source"], row["segment"]) in TACTICS)
    _keep(folder / "capacity.csv", lambda row: bool(row.update(people=PEOPLE[row["team"]]) or True))
    return folder


def _keep(path: Path, wanted) -> None:
    if not path.exists():
        return
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        rows, columns = [row for row in reader if wanted(row)], list(reader.fieldnames or [])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
