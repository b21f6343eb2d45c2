"""The plan after a pivot: a new version of targets and budgets, and no new capacity.

Belongs here: the changed plan files. Does not belong here: how the world answers (`scenarios.py`).
"""

import csv
import shutil
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from orchestration.partitions import week_start
from orchestration.simulation.scenarios import PIVOT_DOWN, PIVOT_TO, PIVOT_UP

VERSION = "pivot"
AMOUNTS = ("leads", "ready_leads", "accepted", "meetings", "opportunities", "won")

Row = dict[str, str]


def write_pivot_plan(plan: Path, out: Path, fault_start: date) -> None:
    """Copy the plan files to `out` with one more version that moves money to enterprise from that week on.

    Both sides approve it before the week starts; capacity stays as it was.
    """
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(plan.glob("*.*")):
        shutil.copyfile(path, out / path.name)
    monday = week_start(fault_start)

    def announced(row: Row) -> Row:
        approved = f"{monday - timedelta(days=10)}T15:00:00Z"
        return {**row, "title": "Pivot to enterprise", "valid_from": monday.isoformat(), "approved_at": approved}

    def moved(row: Row) -> Row:
        amounts = {column: f"{float(row[column]) * _factor(row):.6g}" for column in AMOUNTS}
        spend = f"{float(row['spend']) * _factor(row):.2f}"
        return {**row, "week_from": monday.isoformat(), "spend": spend, **amounts}

    def budgeted(row: Row) -> Row | None:
        month = date.fromisoformat(row["month"])
        days = monthrange(month.year, month.month)[1]
        share = min(max((month + timedelta(days=days) - monday).days / days, 0.0), 1.0)
        return {**row, "budget": f"{float(row['budget']) * _factor(row) * share:.2f}"} if share else None

    _add_version(out / "plan_versions.csv", announced)
    _add_version(out / "targets.csv", moved)
    _add_version(out / "budgets.csv", budgeted)
    # The new version gives each tactic the hours that it had: nobody was added.
    for table in ("resources", "stage_expectations"):
        if (out / f"{table}.csv").exists():
            _add_version(out / f"{table}.csv", dict)


def _factor(row: Row) -> float:
    return PIVOT_UP if row["segment"] == PIVOT_TO else PIVOT_DOWN


def _add_version(path: Path, change: Callable[[Row], Row | None]) -> None:
    """Append the changed rows of the file's newest plan version as version VERSION."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    newest = rows[-1]["plan_version"]
    added = [change(row) for row in rows if row["plan_version"] == newest]
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writerows({**row, "plan_version": VERSION} for row in added if row is not None)
