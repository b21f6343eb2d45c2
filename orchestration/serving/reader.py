"""Open what was published: the one door for everything that only reads (sensors, control, reports).

Belongs here: finding and opening the current version. Not here: publishing and pruning (`publish.py`).
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from orchestration.errors import AndonError
from orchestration.settings import Settings

DATABASE = "warehouse.duckdb"


class NothingPublishedError(AndonError):
    """No served copy exists yet."""


def current_version(settings: Settings) -> Path | None:
    """The real directory that `served/current` points to, or None when nothing was published."""
    link = settings.served / "current"
    return link.resolve() if (link / DATABASE).is_file() else None


def open_served(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the current version, kept however many newer ones are published meanwhile.

    Raises NothingPublishedError when there is no version to read.
    """
    return _with_version(settings, lambda database: duckdb.connect(str(database), read_only=True))


def attach_served(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the current version attached read-only and in use: for those who need tables of
    their own beside the marts. Raises NothingPublishedError when there is no version to read.
    """

    def attach(database: Path) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        path = str(database).replace("'", "''")
        con.execute(f"attach '{path}' as served (read_only)")
        con.execute("use served")
        return con

    return _with_version(settings, attach)


def _with_version(
    settings: Settings, open_it: Callable[[Path], duckdb.DuckDBPyConnection]
) -> duckdb.DuckDBPyConnection:
    """The version's own path is opened, not the link, so that a version pruned meanwhile can be told from one that
    cannot be opened."""
    seen: Path | None = None
    while (version := current_version(settings)) is not None and version != seen:
        seen = version
        try:
            return open_it(version / DATABASE)
        except duckdb.IOException:
            # Pruned between looking and opening: only then does `current` name another version by now.
            if current_version(settings) == version:
                raise
    raise NothingPublishedError(
        f"Nothing is published under {settings.served}: run the asset `served_copy` (it publishes) first."
    )
