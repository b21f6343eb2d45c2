"""A small published copy with the columns the control step reads, as the serving step would leave it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.settings import Settings
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)

TABLES = """
create schema marts; create table marts.fct_source_weekly ( week_start date, iso_week varchar, source
varchar, segment varchar, spend decimal(18, 2), leads bigint, handed_off bigint, ready_leads bigint,
defective_leads bigint, unevaluable_leads bigint, accepted bigint, meetings bigint, opportunities bigint,
won bigint, won_value decimal(18, 2)); create table marts.plan_targets_weekly ( week_start date,
plan_version varchar, source varchar, segment varchar, spend decimal(18, 2), leads double, ready_leads
double, accepted double, meetings double, opportunities double, won double); create table
marts.fct_week_status ( week_start date, iso_week varchar, days_in integer, missing varchar, is_closed
boolean, fingerprint varchar, as_of timestamp);
"""


@dataclass
class Week:
    """One week as published: the marketing example unless said otherwise."""

    start: date = WEEK
    actual: dict[str, list[float]] = field(default_factory=lambda: dict(known.MARKETING_ACTUAL))
    plan: dict[str, list[float]] = field(default_factory=lambda: dict(known.MARKETING_PLAN))
    fingerprint: str = "content-1"
    closed: bool = True
    missing: str | None = None
    plan_version: str = "v1"


def publish(settings: Settings, version: str, as_of: datetime, *weeks: Week) -> Path:
    """Write `served/<version>/warehouse.duckdb` and point `served/current` to it; `as_of` naive UTC."""
    folder = settings.served / version
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as con:
        con.execute(TABLES)
        for week in weeks:
            label = f"{week.start:%G-W%V}"
            actual = known.marketing_frame(week.actual, week=str(week.start), iso_week=label)
            plan = known.marketing_frame(week.plan, week=str(week.start), plan_version=week.plan_version)
            _insert(con, "fct_source_weekly", actual)
            _insert(con, "plan_targets_weekly", plan)
            con.execute(
                "insert into marts.fct_week_status values (?, ?, ?, ?, ?, ?, ?)",
                [week.start, label, 7, week.missing, week.closed, week.fingerprint, as_of],
            )
    current = settings.served / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(version)
    return folder


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    con.register("rows", rows)
    con.execute(f"insert into marts.{table} by name select * from rows")
    con.unregister("rows")
