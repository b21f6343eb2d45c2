"""Helpers of the ingest tests: deliver a file, load a feed, look into the lake."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.ingest.lake import feed_folder, rejects_folder
from orchestration.ingest.load import LoadReport, load_feed
from orchestration.ingest.manifest import ManifestRow, read_rows
from orchestration.partitions import as_of_for_day
from orchestration.settings import Settings

EVENTS = FEEDS_BY_NAME["crm.lead_events"]
LEADS = FEEDS_BY_NAME["crm.leads"]
SPEND = FEEDS_BY_NAME["ads.ad_spend"]
MONDAY = date(2026, 3, 2)

EVENT_HEADER = "event_id,lead_id,event_at,event_type,from_value,to_value,actor_id,reason"


def stored(*parts: int) -> datetime:
    """An instant as the lake stores it: UTC, without a zone."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


def event_line(number: int, day: date = MONDAY, to_value: str = "Working") -> str:
    """One sound line of `crm.lead_events`."""
    return f"E{number},L{number},{day}T10:00:{number % 60:02d}Z,status,New,{to_value},U1,"


def events_csv(*lines: str) -> str:
    """A file of `crm.lead_events` with these lines."""
    return "\n".join([EVENT_HEADER, *lines]) + "\n"


def feed_csv(feed: Feed, rows: Iterable[Mapping[str, object]]) -> str:
    """A CSV file of any feed; what a row does not say is empty."""
    target = io.StringIO()
    writer = csv.DictWriter(target, [column.name for column in feed.columns], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


@dataclass
class Site:
    """One installation under test, and the feed whose files are delivered to it."""

    settings: Settings
    feed: Feed = EVENTS

    def deliver(self, content: str | bytes, name: str = f"lead_events_{MONDAY}.csv") -> Path:
        """Put a file into the feed's landing folder."""
        path = self.settings.landing / self.feed.system / self.feed.table / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(self, first: date = MONDAY, last: date | None = None) -> LoadReport:
        """Load as the scheduled run of the window does."""
        last = last or first
        return load_feed(self.feed, self.settings, first, last, as_of_for_day(last, self.settings.zone))

    def rows(self) -> list[dict[str, Any]]:
        """All rows in the lake, by file and line."""
        rows = read_all(feed_folder(self.settings, self.feed)).to_pylist()
        return sorted(rows, key=lambda row: (row["_file"], row["_line"]))

    def rejects(self) -> list[dict[str, Any]]:
        """All rejects, by file and line."""
        rows = read_all(rejects_folder(self.settings, self.feed)).to_pylist()
        return sorted(rows, key=lambda row: (row["file_name"], row["line"]))

    def manifest(self) -> list[ManifestRow]:
        """The feed's manifest."""
        return read_rows(self.settings, self.feed)


def read_all(folder: Path) -> pa.Table:
    """All Parquet files in the day folders of a table, as the models' globs see them."""
    tables = [pq.ParquetFile(path).read() for path in sorted(folder.glob("*/*.parquet"))]
    return pa.concat_tables(tables, promote_options="default") if tables else pa.table({})


def lake_files(settings: Settings) -> dict[str, bytes]:
    """Every file that readers of the lake can see, with its content."""
    files = (path for root in (settings.raw, settings.rejects) for path in root.rglob("*.parquet"))
    return {
        str(path.relative_to(settings.home)): path.read_bytes()
        for path in files
        if not any(part.startswith(".") for part in path.relative_to(settings.home).parts)
    }
