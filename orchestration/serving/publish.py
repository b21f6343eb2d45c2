"""Publish the marts: a versioned, read-only copy that readers keep while the next one is made.

Belongs here: the order of a publication, which makes it safe to kill. Does not belong here: opening a
version (`reader.py`), how tables are copied (`marts_copy.py`), any change to a mart.

A version starts as a copy of the one before it and takes only what changed: an unchanged mart costs one hash
of its rows and a hard link to its Parquet file; a large mart with few changed rows takes those rows.
"""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.clock import Clock
from orchestration.errors import AndonError
from orchestration.run_moments import SERVED, RunClock, moments_of, record_moment, with_moment
from orchestration.serving.marts_copy import SCHEMA, attach, export, fill, link_or_copy, warehouse_tables
from orchestration.serving.reader import DATABASE, current_version
from orchestration.serving.versions import (
    BUILDING,
    Version,
    free_name,
    point_current_to,
    read_version,
    remove_old,
    remove_strays,
    seal,
)
from orchestration.settings import Settings
from orchestration.warehouse import warehouse_lock

KEPT_VERSIONS = 3
# From this size comparing rows is cheaper than rewriting the table.
DELTA_FROM_ROWS = 200_000


class PublishError(AndonError):
    """There is nothing that could be published."""


def publish(
    settings: Settings,
    run_id: str,
    as_of: datetime,
    *,
    clock: RunClock | None = None,
    delta_from_rows: int = DELTA_FROM_ROWS,
) -> Path:
    """Publish the warehouse's marts as `served/<run_id>/`, point `served/current` to it, return that folder.

    `as_of` (aware) is the instant the marts look from, `clock` the run's: by it, the first publication of
    an as-of is recorded as the moment at which it was served. A version never changes once it is visible: a second
    publication under the same run id becomes `<run_id>-2`. Waits while another process writes the warehouse.
    Raises PublishError when there are no marts, CopyError when the copy differs from the warehouse.
    """
    if not re.fullmatch(r"(?!current$)[A-Za-z0-9][A-Za-z0-9._-]*", run_id):
        raise PublishError(f"run id {run_id!r} cannot name a folder: use letters, digits, '.', '_' and '-'.")
    settings.served.mkdir(parents=True, exist_ok=True)
    with warehouse_lock(settings):
        remove_strays(settings.served)
        building = settings.served / f"{BUILDING}{run_id}"
        (building / "parquet").mkdir(parents=True)
        told = _build(settings, building, run_id, as_of, delta_from_rows)
        now = Clock().now()
        moments = with_moment(settings, SERVED, clock, now) if clock else moments_of(settings, as_of)
        replace(told, moments={name: instant.isoformat() for name, instant in sorted(moments.items())}).write()
        seal(building)
        version = building.rename(free_name(settings.served, run_id))
        point_current_to(version)
        if clock:
            record_moment(settings, SERVED, clock, now)
        remove_old(settings.served, KEPT_VERSIONS)
    return version


def prune(settings: Settings, keep: int = KEPT_VERSIONS) -> list[Path]:
    """Remove all but the `keep` newest versions, never the current one; returns the removed folders."""
    if not settings.served.is_dir():
        return []
    with warehouse_lock(settings):
        remove_strays(settings.served)
        return remove_old(settings.served, keep)


def _build(settings: Settings, building: Path, run_id: str, as_of: datetime, delta_from_rows: int) -> Version:
    """Fill `building` with the database and the Parquet files; returns what there is to tell of it."""
    if not settings.warehouse.is_file():
        raise PublishError(f"{settings.warehouse} does not exist: run the models before publishing.")
    folder = current_version(settings)
    previous = read_version(folder) if folder else None
    database = building / DATABASE
    with duckdb.connect(config={"temp_directory": str(building / "spill")}) as con:
        attach(con, settings.warehouse, "warehouse", read_only=True)
        tables = warehouse_tables(con)
        if not tables:
            raise PublishError(f"{settings.warehouse} has no tables in schema {SCHEMA}: run the models.")
        if previous and previous.tables == tables:
            link_or_copy(previous.folder / DATABASE, database)
        else:
            if previous:
                shutil.copyfile(previous.folder / DATABASE, database)
            attach(con, database, "served", read_only=False)
            fill(con, tables, previous.tables if previous else {}, delta_from_rows)
            con.execute("DETACH served")
        export(con, building / "parquet", tables, previous)
    shutil.rmtree(building / "spill", ignore_errors=True)
    return Version(
        folder=building,
        run_id=run_id,
        as_of=as_of.astimezone(UTC).isoformat(),
        sequence=previous.sequence + 1 if previous else 1,
        tables=tables,
        moments={},
    )
