"""Open what was published: the one door for everything that only reads (sensors, control, reports).

Belongs here: finding and opening the current version. Not here: publishing and pruning (`publish.py`).
"""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.errors import AndonError
from orchestration.serving.versions import Version, read_version
from orchestration.settings import DBT_PROJECT, Settings

DATABASE = "warehouse.duckdb"
MARTS_FOLDER = DBT_PROJECT / "models" / "marts"
_NO_TABLE = re.compile(r"Table with name (\S+) does not exist")
_NO_COLUMN = re.compile(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"')


class NothingPublishedError(AndonError):
    """No served copy exists yet."""


class OlderCopyError(AndonError):
    """The served copy was published before a mart, or a column of one, existed that this version of Andon reads."""


def current_version(settings: Settings) -> Path | None:
    """The real directory that `served/current` points to, or None when nothing was published."""
    link = settings.served / "current"
    return link.resolve() if (link / DATABASE).is_file() else None


def version_of(con: duckdb.DuckDBPyConnection) -> Version | None:
    """What the version says of itself that `con`, as from `open_served`, reads; None for another database."""
    files = con.execute("select path from duckdb_databases() where path is not null order by path").fetchall()
    return next((found for (path,) in files if (found := read_version(Path(path).parent))), None)


@contextmanager
def open_served(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the current version, kept however many newer ones are published meanwhile.

    Raises NothingPublishedError when there is no version to read, OlderCopyError from a query for what it lacks.
    """
    with _reading(settings, lambda database: duckdb.connect(str(database), read_only=True)) as con:
        yield con


@contextmanager
def attach_served(settings: Settings) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection of its own with the current version attached read-only and in use: for those who need tables of
    their own beside the marts. Raises what `open_served` raises.
    """

    def attach(database: Path) -> duckdb.DuckDBPyConnection:
        con = duckdb.connect()
        path = str(database).replace("'", "''")
        con.execute(f"attach '{path}' as served (read_only)")
        con.execute("use served")
        return con

    with _reading(settings, attach) as con:
        yield con


@contextmanager
def _reading(
    settings: Settings, open_it: Callable[[Path], duckdb.DuckDBPyConnection]
) -> Generator[duckdb.DuckDBPyConnection]:
    version, con = _with_version(settings, open_it)
    with con:
        try:
            yield con
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            if (lacking := _lacking(str(error))) is None:
                raise
            raise OlderCopyError(_older_copy(version, *lacking)) from error


def _lacking(error: str) -> tuple[str, str] | None:
    """What the copy lacks, and the command that adds it; None where the error does not speak of the marts."""
    if (table := _NO_TABLE.search(error)) and (models := [*MARTS_FOLDER.glob(f"*/{table[1]}.sql")]):
        is_weekly = models[0].parent.name == "control"
        return f"mart {table[1]}", "andon close" if is_weekly else "andon run"
    if column := _NO_COLUMN.search(error):
        return f"column {column[1] or column[2]}", "andon run"
    return None


def _older_copy(version: Path, lacking: str, command: str) -> str:
    told = read_version(version)
    when = f" as of {told.as_of}" if told else ""
    return (
        f"The served copy{when} ({version}) has no {lacking}: it was published before that existed. "
        f"Run `{command}` once; it publishes a copy that has it."
    )


def _with_version(
    settings: Settings, open_it: Callable[[Path], duckdb.DuckDBPyConnection]
) -> tuple[Path, duckdb.DuckDBPyConnection]:
    """The version's own path is opened, not the link, so that a version pruned meanwhile can be told from one that
    cannot be opened."""
    seen: Path | None = None
    while (version := current_version(settings)) is not None and version != seen:
        seen = version
        try:
            return version, open_it(version / DATABASE)
        except duckdb.IOException:
            # Pruned between looking and opening: only then does `current` name another version by now.
            if current_version(settings) == version:
                raise
    raise NothingPublishedError(
        f"Nothing is published under {settings.served}: run the asset `served_copy` (it publishes) first."
    )
