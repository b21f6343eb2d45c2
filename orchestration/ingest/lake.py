# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The lake's layout, and the only ways in which a file gets there: whole, or not at all.

Belongs here: paths, atomic writes, the zero-row files that let every table be read before anything was
delivered, and the run context. Does not belong here: what a load consists of (`commit.py`), nor the meaning of
any column.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import REJECT_SCHEMA, RUN_CONTEXT_SCHEMA, feeds_on
from orchestration.ingest.plan_tables import PLAN_TABLES
from orchestration.settings import Settings

OWN_SYSTEM = "andon"
BEFORE_ALL_DAYS = date(1970, 1, 1)
EMPTY_FILE = "empty.parquet"
COMPRESSION = "zstd"
SYNC_THREADS = 16


@dataclass(frozen=True)
class OwnTable:
    """A table the line itself writes; `module:attribute` holds its schema, imported when needed."""

    name: str
    schema_at: str

    def schema(self) -> pa.Schema:
        """The schema, from the module that writes the table."""
        module, attribute = self.schema_at.split(":")
        schema = getattr(import_module(module), attribute)
        assert isinstance(schema, pa.Schema)
        return schema


OWN_TABLES: tuple[OwnTable, ...] = (
    OwnTable("load_manifest", "orchestration.ingest.contracts:MANIFEST_SCHEMA"),
    OwnTable("run_moments", "orchestration.run_moments:RUN_MOMENT_SCHEMA"),
    OwnTable("lead_verdicts", "expectations.ledger:VERDICT_SCHEMA"),
    OwnTable("lead_criterion_results", "expectations.ledger:RESULT_SCHEMA"),
    OwnTable("criteria", "expectations.ledger:CRITERIA_SCHEMA"),
    OwnTable("defect_waivers", "expectations.ledger:WAIVER_SCHEMA"),
    OwnTable("audit_draws", "orchestration.inspection.audit_schemas:AUDIT_DRAW_SCHEMA"),
    OwnTable("audit_results", "orchestration.inspection.audit_schemas:AUDIT_RESULT_SCHEMA"),
    OwnTable("weekly_variance", "orchestration.control.schemas:VARIANCE_SCHEMA"),
    OwnTable("weekly_variance_drivers", "orchestration.control.schemas:DRIVER_SCHEMA"),
    OwnTable("budget_shifts", "orchestration.control.loop_schemas:BUDGET_SHIFT_SCHEMA"),
    OwnTable("actions", "orchestration.control.loop_schemas:ACTION_SCHEMA"),
    OwnTable("shift_evaluations", "orchestration.control.loop_schemas:EVALUATION_SCHEMA"),
    OwnTable("playbook_calibration", "orchestration.control.loop_schemas:CALIBRATION_SCHEMA"),
    OwnTable("weekly_capacity", "orchestration.control.schemas:CAPACITY_SCHEMA"),
    OwnTable("weekly_signals", "orchestration.control.schemas:SIGNAL_SCHEMA"),
    OwnTable("weekly_quality", "orchestration.control.quality_schemas:QUALITY_SCHEMA"),
    OwnTable("weekly_defect_pareto", "orchestration.control.quality_schemas:PARETO_SCHEMA"),
    OwnTable("weekly_dispute", "orchestration.control.quality_schemas:DISPUTE_SCHEMA"),
    OwnTable("weekly_judges", "orchestration.control.quality_schemas:JUDGES_SCHEMA"),
    OwnTable("weekly_criterion_worth", "orchestration.control.quality_schemas:WORTH_SCHEMA"),
    OwnTable("weekly_criteria_changes", "orchestration.control.quality_schemas:CHANGES_SCHEMA"),
    OwnTable("weekly_control_charts", "orchestration.control.quality_schemas:CHARTS_SCHEMA"),
    OwnTable("weekly_backtest", "orchestration.control.quality_schemas:BACKTEST_SCHEMA"),
)


def feed_folder(settings: Settings, feed: Feed) -> Path:
    """Where a feed's typed rows lie, in one folder per landing day."""
    return settings.raw / feed.system / feed.table


def rejects_folder(settings: Settings, feed: Feed) -> Path:
    """Where a feed's rejected records lie, in one folder per landing day."""
    return settings.rejects / feed.system / feed.table


def own_folder(settings: Settings, table: str) -> Path:
    """Where a table lies that the line itself writes."""
    return settings.raw / OWN_SYSTEM / table


def day_folder(landed_on: date) -> str:
    """The partition folder of a landing day, `landed_on=2026-03-02`."""
    return f"landed_on={landed_on.isoformat()}"


def naive_utc(instant: datetime) -> datetime:
    """An aware instant as the lake stores it: UTC without a zone. Raises ValueError without a zone to go from."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone: give as_of with one, for example UTC")
    return instant.astimezone(UTC).replace(tzinfo=None)


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Put a file at `path` whole: temporary name, fsync, rename. A crash leaves the old file, or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        write(file)
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write `table` at `path` as Parquet, atomically."""
    write_atomically(path, lambda file: pq.write_table(table, file, compression=COMPRESSION))


def sync(*paths: Path) -> None:
    """Make files' contents, or the renames inside folders, survive a power cut; many at once cost little more."""
    if len(paths) == 1:
        _sync_one(paths[0])
    elif paths:
        with ThreadPoolExecutor(SYNC_THREADS) as pool:
            list(pool.map(_sync_one, paths))


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ensure_lake(settings: Settings) -> None:
    """Give every declared table a zero-row typed file, so that reading it never fails. Cheap when there.

    Where a contract got new columns since the lake was written, its files get them too, all NULL.
    """
    declared: list[tuple[Path, pa.Schema]] = [
        (feed_folder(settings, feed) / day_folder(BEFORE_ALL_DAYS), feed.lake_schema)
        for feed in (*feeds_on(settings), *PLAN_TABLES)
    ]
    declared += [(own_folder(settings, table.name), table.schema()) for table in OWN_TABLES]
    declared.append((settings.rejects / OWN_SYSTEM / "none" / day_folder(BEFORE_ALL_DAYS), REJECT_SCHEMA))
    for folder, schema in declared:
        path = folder / EMPTY_FILE
        if not path.exists():
            write_parquet(path, schema.empty_table())
        elif not pq.read_schema(path).equals(schema):
            _widen(folder.parent, schema)
            write_parquet(path, schema.empty_table())


def _widen(table_folder: Path, schema: pa.Schema) -> None:
    """Add the columns that the schema has and a day's file lacks; readers take the columns of the first file."""
    for path in sorted(table_folder.glob("landed_on=*/*.parquet")):
        lacking = [field for field in schema if field.name not in pq.read_schema(path).names]
        if lacking and path.name != EMPTY_FILE:
            table = pq.ParquetFile(path).read()
            for field in lacking:
                table = table.append_column(field, pa.nulls(table.num_rows, field.type))
            write_parquet(path, table)


def delivered_tables(settings: Settings) -> list[str]:
    """The tolerant feeds that are on and have delivered a row so far: what is not there decides what is derived."""
    return sorted(
        feed.name
        for feed in feeds_on(settings)
        if feed.tolerant and any(path.name != EMPTY_FILE for path in feed_folder(settings, feed).glob("*/*.parquet"))
    )


def write_run_context(settings: Settings, as_of: datetime) -> None:
    """Tell every model the instant (aware) that the run judges, and the business time zone and currency."""
    row = {"as_of": naive_utc(as_of), "time_zone": settings.time_zone, "currency": settings.currency}
    table = pa.Table.from_pylist([row], schema=RUN_CONTEXT_SCHEMA)
    write_parquet(own_folder(settings, "run_context") / "run_context.parquet", table)


def modelled_as_of(settings: Settings) -> datetime:
    """The instant (aware, UTC) that the models were last asked to look from."""
    file = own_folder(settings, "run_context") / "run_context.parquet"
    return pq.read_table(file).column("as_of")[0].as_py().replace(tzinfo=UTC)
