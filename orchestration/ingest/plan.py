# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The plan: read whole, checked whole, and kept as dated snapshots, so that an edit never moves a past goal.

Belongs here: reading the plan folder and writing its snapshots. Does not belong here: the rules it must obey
(`plan_checks.py`), nor which version is in force when (dbt).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from orchestration.errors import AndonError
from orchestration.ingest.cast import cast_files
from orchestration.ingest.columns import Feed
from orchestration.ingest.commit import Transaction, exclusive_load
from orchestration.ingest.discovery import LandedFile, content_hash, stamp_of
from orchestration.ingest.lake import naive_utc
from orchestration.ingest.load import Candidate, Load, LoadReport, load_candidates, load_id
from orchestration.ingest.manifest import KnownFiles
from orchestration.ingest.plan_capacity import approval_problems
from orchestration.ingest.plan_checks import plan_problems
from orchestration.ingest.plan_playbook import field_problems, reference_problems
from orchestration.ingest.plan_problem import PlanProblem, PlanRows
from orchestration.ingest.plan_tables import OPTIONAL_TABLES, PLAN_SYSTEM, PLAN_TABLES, plan_file, plan_format
from orchestration.ingest.readers import read_records
from orchestration.ingest.records import RefusedFileError
from orchestration.ingest.window import Landing, Window
from orchestration.partitions import business_day_of
from orchestration.settings import Settings

UTC_ZONE = ZoneInfo("UTC")


class PlanError(AndonError):
    """The plan is not sound: nothing of it is loaded, and the last sound one stays in force."""

    def __init__(self, problems: Sequence[PlanProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def check_plan(plan_dir: Path, zone: ZoneInfo = UTC_ZONE) -> list[PlanProblem]:
    """Everything that is wrong with the plan in a folder, by file and line; empty when it is sound.

    `zone` is the business time zone, which decides when a week begins.
    """
    rows: dict[str, PlanRows] = {}
    problems: list[PlanProblem] = []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table in PLAN_TABLES:
            found = _read_table(table, plan_dir, connection)
            problems += found.problems
            rows[table.table] = found.rows
    return problems or [*plan_problems(rows), *approval_problems(rows, zone), *reference_problems(plan_dir, rows)]


def load_plan(settings: Settings, first_day: date, as_of: datetime) -> list[LoadReport]:
    """Snapshot every plan table whose file changed; `as_of` is aware. One report per table.

    A table's first snapshot lands at the run's first day: the plan was there when the run's window began. A
    later one lands at `as_of`. Raises PlanError, with nothing loaded, when anything in the plan is wrong.
    """
    problems = check_plan(settings.plan_dir, settings.zone)
    if problems:
        raise PlanError(problems)
    return [_snapshot(table, settings, first_day, as_of) for table in PLAN_TABLES]


@dataclass(frozen=True)
class _TableRead:
    rows: PlanRows
    problems: list[PlanProblem]


def _read_table(table: Feed, plan_dir: Path, connection: duckdb.DuckDBPyConnection) -> _TableRead:
    name = plan_file(table.table)
    path = plan_dir / name
    if not path.exists() and table.table in OPTIONAL_TABLES:
        return _TableRead([], [])
    if not path.exists():
        return _TableRead([], [PlanProblem(name, None, None, "is missing", f"put it into {plan_dir}")])
    if table.table == "playbook" and (problems := field_problems(plan_dir)):
        return _TableRead([], problems)
    try:
        (result,) = cast_files(table, [read_records(table, plan_format(table.table), path.read_bytes())], connection)
    except RefusedFileError as refusal:
        result = refusal
    if isinstance(result, RefusedFileError):
        return _TableRead([], [PlanProblem(name, None, None, str(result), "see the contract of the plan")])
    rejects = sorted(result.rejects, key=lambda reject: reject.line)
    problems = [PlanProblem(name, each.line, each.column, each.reason, each.remedy) for each in rejects]
    rows: PlanRows = [
        {**row, "_line": int(line)} for row, line in zip(result.table.to_pylist(), result.lines, strict=True)
    ]
    return _TableRead(rows, problems)


def _snapshot(table: Feed, settings: Settings, first_day: date, as_of: datetime) -> LoadReport:
    path = settings.plan_dir / plan_file(table.table)
    report = LoadReport(table.name)
    if not path.exists():
        return report
    with exclusive_load(settings, table) as known:
        sha256 = content_hash(path.read_bytes())
        # The newest snapshot decides, not any: going back to an earlier plan is a change too.
        if sha256 == known.newest_content:
            return report
        file = LandedFile(f"{PLAN_SYSTEM}/{path.name}", path, stamp_of(path.stat()), plan_format(table.table), None)
        candidates = [Candidate(file, sha256)]
        landing = _landing(settings, first_day, as_of, known)
        load_candidates(
            Load(
                feed=table,
                transaction=Transaction(settings, table, load_id(table, as_of, candidates)),
                known=KnownFiles(),
                recorded_at=naive_utc(as_of),
                landing_of=lambda _: landing,
                report=report,
            ),
            candidates,
        )
    return report


def _landing(settings: Settings, first_day: date, as_of: datetime, known: KnownFiles) -> Landing:
    # A run at 06:00 sharp closes the day that has just ended.
    last_day = business_day_of(as_of - timedelta.resolution, settings.zone)
    is_first = known.newest_landed_at is None
    window = Window(min(first_day, last_day), last_day, as_of, settings.zone)
    return window.landing(first_day if is_first else last_day, known)
