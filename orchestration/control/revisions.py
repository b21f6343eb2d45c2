# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The store of a week's revisions: Parquet files that are added and never changed.

Belongs here: numbering, atomicity and the rule when a revision is due. Does not belong here: what a
revision says (`plan_against_actual.py`, `drivers.py`, `changes.py`) or the marts that expose it (dbt).

A revision is one file per table of `schemas.TABLES`, `<table>/week=…/revision=NNN.parquet`, the one under
`weekly_variance` written last: a revision exists when its variance file does. A process killed in between leaves
files without a revision, which the next run replaces.
"""

import fcntl
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from orchestration.control.changes import FIRST, describe_change
from orchestration.control.schemas import TABLES, VARIANCE, VARIANCE_SCHEMA
from orchestration.control.week_state import is_outdated
from orchestration.ingest.lake import own_folder, write_parquet
from orchestration.settings import Settings

_PATH = re.compile(r"week=(\d{4}-\d\d-\d\d)/revision=(\d+)\.parquet")


@dataclass(frozen=True)
class Revision:
    """A stored revision of a week: the content it was computed from, and the state it had."""

    week_start: date
    number: int
    fingerprint: str
    state: str
    reason: str


@dataclass(frozen=True)
class Saved:
    """What `save` did: the week's latest revision, and whether it is new."""

    revision: Revision
    created: bool


class RevisionStore:
    """The revisions below `raw/andon`; several processes may read and save at once."""

    def __init__(self, settings: Settings) -> None:
        self._folders = {table: own_folder(settings, table) for table in TABLES}

    def latest(self, week: date) -> Revision | None:
        """The week's newest revision, or None."""
        return self.latest_of_all([week]).get(week)

    def latest_of_all(self, weeks: Iterable[date] | None = None) -> dict[date, Revision]:
        """The newest revision of every week that has one, or of those among `weeks`."""
        newest: dict[date, tuple[int, Path]] = {}
        for week, number, path in self._files(weeks):
            if week not in newest or number > newest[week][0]:
                newest[week] = (number, path)
        return {revision.week_start: revision for revision in _headers(path for _, path in newest.values())}

    def has_seen(self, week: date, fingerprint: str) -> bool:
        """Whether any revision of the week was computed from this content."""
        return any(r.fingerprint == fingerprint for r in _headers(path for *_, path in self._files([week])))

    def read(self, revision: Revision, table: str = VARIANCE) -> pd.DataFrame:
        """The rows of one revision in a table of `schemas.TABLES`, columns as its schema.

        A column, or a whole table, that is younger than the revision is NULL, or empty.
        """
        path, schema = self._path(table, revision.week_start, revision.number), TABLES[table]
        if not path.exists():
            return schema.empty_table().to_pandas(date_as_object=False)
        return ds.dataset([str(path)], schema=schema, format="parquet").to_table().to_pandas(date_as_object=False)

    def all_rows(self, table: str, columns: Sequence[str], as_of: datetime) -> pd.DataFrame:
        """Some columns of a table's rows in every revision up to `as_of` (naive UTC)."""
        known = [key for key, at in _instants(path for *_, path in self._files(None)).items() if at <= as_of]
        files = [str(path) for key in sorted(known) if (path := self._path(table, *key)).exists()]
        schema = TABLES[table]
        if not files:
            return schema.empty_table().select(list(columns)).to_pandas(date_as_object=False)
        rows = ds.dataset(files, schema=schema, format="parquet").to_table(columns=list(columns))
        return rows.to_pandas(date_as_object=False)

    def latest_rows(self, table: str, as_of: datetime) -> pd.DataFrame:
        """The rows of a table in each week's newest revision as of `as_of` (naive UTC), all weeks."""
        paths = [path for *_, path in self._files(None)]
        known = sorted(key for key, instant in _instants(paths).items() if instant <= as_of)
        # Sorted, so that the last revision of a week is the one that stays.
        files = [self._path(table, week, number) for week, number in dict(known).items()]
        present, schema = [str(file) for file in files if file.exists()], TABLES[table]
        rows = ds.dataset(present, schema=schema, format="parquet").to_table() if present else schema.empty_table()
        return rows.to_pandas(date_as_object=False)

    def save(self, week: date, rows: Mapping[str, pd.DataFrame], note: str = "") -> Saved:
        """Store one week's rows as its next revision, unless the latest still says the same (`is_outdated`).

        `rows` has a frame per table of `schemas.TABLES`, with its schema's columns but for revision and
        revision_reason, for this week only; a table without a frame has no row, `weekly_variance` never. `note` is
        added to the reason. Nothing that exists is overwritten. Raises ValueError for rows of another week or table.
        """
        _refuse_others(week, rows)
        variance = rows[VARIANCE]
        with self._locked():
            last = self.latest(week)
            content = (str(variance["fingerprint"].iloc[0]), str(variance["state"].iloc[0]))
            if last is not None and not is_outdated((last.fingerprint, last.state), content):
                return Saved(last, created=False)
            change = FIRST if last is None else describe_change(self.read(last), variance)
            number = 1 if last is None else last.number + 1
            reason = "; ".join(text for text in (change, note) if text)
            for table, schema in TABLES.items():
                own = rows.get(table, schema.empty_table().to_pandas())
                self._write(table, week, number, own.assign(revision=number, revision_reason=reason))
            return Saved(Revision(week, number, *content, reason), created=True)

    def _write(self, table: str, week: date, number: int, rows: pd.DataFrame) -> None:
        schema = TABLES[table]
        dates = [field.name for field in schema if pa.types.is_date(field.type)]
        whole_days = rows.assign(**{name: pd.to_datetime(rows[name]).dt.date for name in dates})
        # What a figure does not have is not known; what every row must have cannot be left out.
        optional = [field.name for field in schema if field.nullable and field.name not in whole_days]
        whole_days = whole_days.assign(**dict.fromkeys(optional))
        content = pa.Table.from_pandas(whole_days[schema.names], schema=schema, preserve_index=False)
        write_parquet(self._path(table, week, number), content.replace_schema_metadata(None))

    def _path(self, table: str, week: date, number: int) -> Path:
        return self._folders[table] / f"week={week.isoformat()}" / f"revision={number:03d}.parquet"

    def _files(self, weeks: Iterable[date] | None) -> Iterator[tuple[date, int, Path]]:
        """Week, number and path of each stored variance file."""
        names = ["week=*"] if weeks is None else [f"week={week.isoformat()}" for week in weeks]
        for name in names:
            for path in self._folders[VARIANCE].glob(f"{name}/revision=*.parquet"):
                found = _PATH.fullmatch("/".join(path.parts[-2:]))
                if found:
                    yield date.fromisoformat(found[1]), int(found[2]), path

    @contextmanager
    def _locked(self) -> Generator[None]:
        """One saver at a time; the kernel frees the lock when its process dies."""
        folder = self._folders[VARIANCE]
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _refuse_others(week: date, rows: Mapping[str, pd.DataFrame]) -> None:
    unknown = sorted(rows.keys() - TABLES.keys())
    if unknown:
        raise ValueError(f"no table {', '.join(unknown)} among those of a revision: add it to schemas.TABLES")
    others = [
        table for table, own in rows.items() if not (pd.to_datetime(own["week_start"]) == pd.Timestamp(week)).all()
    ]
    if others or VARIANCE not in rows or rows[VARIANCE].empty:
        raise ValueError(f"a revision of week {week} needs rows of that week and of no other")


def _headers(paths: Iterable[Path]) -> list[Revision]:
    """What each file says of itself; its rows agree on it, so the first one is enough."""
    files = [str(path) for path in paths]
    if not files:
        return []
    columns = ["week_start", "revision", "fingerprint", "state", "revision_reason"]
    rows = ds.dataset(files, schema=VARIANCE_SCHEMA, format="parquet").to_table(columns=columns)
    distinct = rows.group_by(columns).aggregate([])
    return [
        Revision(row["week_start"], row["revision"], row["fingerprint"], row["state"], row["revision_reason"])
        for row in distinct.to_pylist()
    ]


def _instants(paths: Iterable[Path]) -> dict[tuple[date, int], datetime]:
    """As-of of each revision, by week and number, from their variance files."""
    files = [str(path) for path in paths]
    if not files:
        return {}
    columns = ["week_start", "revision", "as_of"]
    rows = ds.dataset(files, schema=VARIANCE_SCHEMA, format="parquet").to_table(columns=columns)
    return {
        (row["week_start"], row["revision"]): row["as_of"] for row in rows.group_by(columns).aggregate([]).to_pylist()
    }
