"""Small warehouses for the publication tests, and what a reader finds in a version."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.serving.reader import open_served
from orchestration.settings import Settings

AS_OF = datetime(2026, 3, 10, 10, tzinfo=UTC)


def write_warehouse(settings: Settings, statements: Sequence[str]) -> None:
    """Run `statements` in the warehouse, which has the schemas `marts` and `staging`."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse)) as con:
        for statement in ("CREATE SCHEMA IF NOT EXISTS marts", "CREATE SCHEMA IF NOT EXISTS staging", *statements):
            con.execute(statement)


def two_marts(settings: Settings, generation: int, rows: int = 100) -> None:
    """Marts `a` and `b` whose every row carries `generation`, and a staging table that nobody may see."""
    write_warehouse(
        settings,
        [
            f"CREATE OR REPLACE TABLE marts.a AS SELECT i, {generation} AS generation FROM range({rows}) t(i)",
            f"CREATE OR REPLACE TABLE marts.b AS SELECT i, {generation} AS generation FROM range(10) t(i)",
            "CREATE OR REPLACE TABLE staging.secret AS SELECT 'jane@example.com' AS email",
        ],
    )


def read(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """The rows of `query` on the current version."""
    with open_served(settings) as con:
        return con.execute(query).fetchall()


def tree(folder: Path) -> list[str]:
    """Names of the visible and hidden entries of `folder`, without lock files."""
    return sorted(path.name for path in folder.iterdir())
