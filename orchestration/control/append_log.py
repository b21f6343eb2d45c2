# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""A log in the lake to which people's decisions are added, a file for what was said together, and never changed.

Belongs here: paths, the lock, atomic writes. Does not belong here: which entry is allowed (`decisions.py`,
`signatures.py`).
"""

import fcntl
import hashlib
import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from orchestration.ingest.lake import naive_utc, own_folder, write_parquet
from orchestration.settings import Settings

Entry = dict[str, Any]


class AppendLog:
    """The entries of one table below `raw/andon`; `at` names its column with the instant of an entry (naive UTC)."""

    def __init__(self, settings: Settings, table: str, schema: pa.Schema, at: str) -> None:
        self._folder = own_folder(settings, table)
        self._schema, self._at = schema, at

    def entries(self) -> list[Entry]:
        """All entries, the oldest first."""
        files = [str(path) for path in self._folder.glob("made_on=*/*.parquet")]
        if not files:
            return []
        rows = ds.dataset(files, schema=self._schema, format="parquet").to_table().to_pylist()
        return sorted(rows, key=lambda row: (row[self._at], json.dumps(row, default=str, sort_keys=True)))

    def append(self, *entries: Entry, instant: datetime) -> None:
        """Add entries made together at `instant` (aware), all or none; the same ones then are the same file."""
        moment = naive_utc(instant)
        rows = [entry | {self._at: moment} for entry in entries]
        digest = hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()[:12]
        folder = self._folder / f"made_on={moment.date().isoformat()}"
        name = f"{moment:%Y%m%dT%H%M%S.%fZ}-{digest}.parquet"
        write_parquet(folder / name, pa.Table.from_pylist(rows, schema=self._schema))

    @contextmanager
    def locked(self) -> Generator[None]:
        """One writer at a time, from the look at what is there to the entry; freed when its process dies."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
