# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The transaction of a load: its files are staged, the manifest commits them, then they are moved into place.

Readers see a file of the lake only if the manifest has it. A crash before the commit leaves staged files, which the
next load of the feed throws away; a crash after it leaves them to be moved, which the next load completes. So
a killed load, run again, gives the same lake, and no row is ever seen twice.

Belongs here: that protocol, and the lock that keeps two loads of one feed apart. Does not belong here: what the
files hold (`load.py`).
"""

import fcntl
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest import manifest
from orchestration.ingest.columns import Feed
from orchestration.ingest.lake import COMPRESSION, day_folder, feed_folder, rejects_folder, sync
from orchestration.ingest.records import ConservationError
from orchestration.settings import Settings

ROWS, REJECTS = "rows", "rejects"


@dataclass(frozen=True)
class Transaction:
    """One load of one feed, from staging to publication; `load_id` names its files."""

    settings: Settings
    feed: Feed
    load_id: str

    def stage(self, kind: str, landed_on: date, table: pa.Table, part: int) -> None:
        """Write a table (`ROWS` or `REJECTS`) where no reader looks. Raises ConservationError on a short file."""
        path = self._folder / f"{kind} {day_folder(landed_on)} {part}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table.combine_chunks(), path, compression=COMPRESSION)
        written = pq.read_metadata(path).num_rows
        if written != table.num_rows:
            raise ConservationError(f"{self.feed.name}: {table.num_rows} rows became {written} in {path}")

    def commit(self, recorded_at: datetime, rows: Sequence[manifest.ManifestRow]) -> None:
        """Make the load count (`recorded_at` naive UTC), then show its files to readers."""
        if staged := self._staged():
            sync(*staged, self._folder)
        manifest.append(self.settings, self.feed, recorded_at, rows)
        self.publish()

    def publish(self) -> None:
        """Move the staged files of a committed load into place; what was moved before stays."""
        targets = {
            ROWS: feed_folder(self.settings, self.feed),
            REJECTS: rejects_folder(self.settings, self.feed),
        }
        folders: set[Path] = set()
        for staged in self._staged():
            kind, day, part = staged.name.split(" ")
            folder = targets[kind] / day
            folder.mkdir(parents=True, exist_ok=True)
            staged.replace(folder / f"{self.load_id}-{part}")
            folders |= {folder, folder.parent}
        sync(*sorted(folders))
        self.discard()

    def discard(self) -> None:
        """Remove what is staged."""
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def _staged(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet"))

    @property
    def _folder(self) -> Path:
        return _staging(self.settings, self.feed) / self.load_id


@contextmanager
def exclusive_load(settings: Settings, feed: Feed) -> Generator[manifest.KnownFiles]:
    """Hold the feed alone, after settling what a killed load left; gives what the manifest knows of it."""
    staging = _staging(settings, feed)
    staging.mkdir(parents=True, exist_ok=True)
    with (staging / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = manifest.read_known(settings, feed)
        for left in [entry for entry in staging.iterdir() if entry.is_dir()]:
            transaction = Transaction(settings, feed, left.name)
            if left.name in known.load_ids:
                transaction.publish()
            else:
                transaction.discard()
        yield known


def _staging(settings: Settings, feed: Feed) -> Path:
    return settings.raw / ".staging" / feed.name
