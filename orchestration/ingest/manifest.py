# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The load manifest: a row per file, whose writing is the commit of a load.

One Parquet file per feed and year of `recorded_at`, so that its cost stays small over the years and one load is
one rename. Belongs here: reading what is known of a feed, adding a load's rows. Does not belong here: the data
files of a load (`commit.py`).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import MANIFEST_SCHEMA
from orchestration.ingest.lake import own_folder, write_parquet
from orchestration.settings import Settings

LOADED, REFUSED = "loaded", "refused"


@dataclass(frozen=True)
class ManifestRow:
    """One file of a load, field for field as in MANIFEST_SCHEMA; times are naive UTC."""

    feed: str
    system: str
    table_name: str
    file_name: str
    file_sha256: str
    bytes: int
    format: str
    delivery_day: date | None
    landed_at: datetime
    landed_on: date
    lines_read: int
    rows_loaded: int
    rows_rejected: int
    added_columns: str
    status: str
    error: str | None
    min_event_at: datetime | None
    max_event_at: datetime | None
    recorded_at: datetime
    load_id: str


@dataclass
class KnownFiles:
    """What the manifest says of one feed: contents loaded, refusals recorded, newest landing, loads committed."""

    contents: set[str] = field(default_factory=set[str])
    empty_contents: set[tuple[str, date | None]] = field(default_factory=set[tuple[str, date | None]])
    refusals: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    load_ids: set[str] = field(default_factory=set[str])
    newest_content: str | None = None
    newest_landed_at: datetime | None = None
    newest_landed_on: date | None = None

    def has(self, sha256: str, delivery_day: date | None) -> bool:
        """Whether this content is loaded. Two quiet days deliver one same header: there the day counts too."""
        return sha256 in self.contents or (sha256, delivery_day) in self.empty_contents

    def add(self, row: ManifestRow) -> None:
        """Take note of a manifest row."""
        self.load_ids.add(row.load_id)
        if row.status == REFUSED:
            self.refusals.add((row.file_name, row.file_sha256, row.error or ""))
            return
        if row.lines_read:
            self.contents.add(row.file_sha256)
        else:
            self.empty_contents.add((row.file_sha256, row.delivery_day))
        if self.newest_landed_at is None or row.landed_at >= self.newest_landed_at:
            self.newest_landed_at, self.newest_content = row.landed_at, row.file_sha256
        self.newest_landed_on = max(self.newest_landed_on or row.landed_on, row.landed_on)


def read_known(settings: Settings, feed: Feed) -> KnownFiles:
    """What is known of a feed; nothing when it never delivered."""
    known = KnownFiles()
    for row in read_rows(settings, feed):
        known.add(row)
    return known


def read_rows(settings: Settings, feed: Feed) -> list[ManifestRow]:
    """Every manifest row of a feed, in the order of recording."""
    tables = [pq.ParquetFile(path).read() for path in _year_files(settings, feed)]
    return [ManifestRow(**row) for table in tables for row in table.to_pylist()]


def append(settings: Settings, feed: Feed, recorded_at: datetime, rows: Sequence[ManifestRow]) -> None:
    """Add a load's rows. From the moment this returns, the load counts."""
    path = _folder(settings, feed) / f"{recorded_at.year}.parquet"
    added = pa.Table.from_pylist([asdict(row) for row in rows], schema=MANIFEST_SCHEMA)
    if path.exists():
        added = pa.concat_tables([pq.ParquetFile(path).read(), added]).combine_chunks()
    write_parquet(path, added)


def _year_files(settings: Settings, feed: Feed) -> list[Path]:
    return sorted(_folder(settings, feed).glob("*.parquet"))


def _folder(settings: Settings, feed: Feed) -> Path:
    return own_folder(settings, "load_manifest") / feed.name
