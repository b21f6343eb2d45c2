"""Open what was published: the one door for everything that only reads (sensors, control, reports).

Belongs here: finding and opening the current version. Not here: publishing and pruning (`publish.py`).
"""

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

    The version's own path is opened, not the link: DuckDB shares one instance per path within a process, so
    opening through the link could return an older version that somebody in the process still holds.
    Raises NothingPublishedError when there is no version to read.
    """
    seen: Path | None = None
    while (version := current_version(settings)) is not None and version != seen:
        seen = version
        try:
            return duckdb.connect(str(version / DATABASE), read_only=True)
        except duckdb.IOException:
            # Pruned between looking and opening: only then does `current` name another version by now.
            if current_version(settings) == version:
                raise
    raise NothingPublishedError(
        f"Nothing is published under {settings.served}: run the asset `served_copy` (it publishes) first."
    )
