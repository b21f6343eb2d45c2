"""Rows of an API as lines of a file, and the memory by which a row delivered is told from one that came late.

Belongs here: what Salesforce and HubSpot have in common once a record is a row. Does not belong here: asking.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.ingest.remote.declared import ApiTable
from orchestration.ingest.remote.landing_file import Batch, Read
from orchestration.ingest.remote.position import Position, row_digest
from orchestration.ingest.remote.windows import days_window, windows

FORMAT = "jsonl.gz"
TICK = timedelta(milliseconds=1)
BOUND = "%Y%m%dT%H%M%S"

Row = Mapping[str, object]


@dataclass(frozen=True)
class Record:
    """One record as it was read: its key, when it last changed (aware), and the row or rows that it becomes."""

    key: str
    changed_at: datetime
    rows: tuple[Row, ...]


@dataclass
class ChangedRecords:
    """A table of an API, read by when its records changed. `ask(start, end)` gives those that changed in between.

    The margin before each stretch, down to `floor`, is asked for again, since an API shows a change late; what was
    delivered from it is known by `recent`.
    """

    ask: Callable[[datetime, datetime], Iterable[Record]]
    late_margin: timedelta
    floor: datetime
    recent: frozenset[str] = frozenset()

    def batches(self, stretches: Iterable[tuple[datetime, datetime]], end: datetime) -> Iterator[Batch]:
        """Each stretch (end excluded) as a batch; the last one ends at `end`."""
        for start, stop in stretches:
            yield self._batch(start, stop, is_last=stop == end)

    def _batch(self, start: datetime, end: datetime, is_last: bool) -> Batch:
        recent = self.recent

        def read(write: Callable[[bytes], object]) -> Read:
            count = 0
            remembered: set[str] = set()
            for record in self.ask(max(self.floor, start - self.late_margin), end):
                digest = row_digest(record.changed_at.isoformat(), record.key)
                if record.changed_at >= end - self.late_margin:
                    remembered.add(digest)
                if digest in recent:
                    continue
                for row in record.rows:
                    write(line_of(row))
                count += len(record.rows)
            self.recent = frozenset(remembered)
            return Read(count, Position(end.isoformat(), tuple(sorted(remembered))))

        return Batch(f"{start:{BOUND}}-{end:{BOUND}}", end - TICK, FORMAT, is_last, read)


def copy_batch(rows: Callable[[], Iterable[Row]], as_of: datetime) -> Batch:
    """All rows of a table that has no time of change; it lands only when it differs from the last copy."""

    def read(write: Callable[[bytes], object]) -> Read:
        lines = [line_of(row) for row in rows()]
        write(b"".join(lines))
        return Read(len(lines), Position())

    return Batch("all", as_of - TICK, FORMAT, True, read)


def line_of(row: Row) -> bytes:
    """A row as a line of JSON; what is null is left out."""
    filled = {name: value for name, value in row.items() if value is not None}
    return json.dumps(filled, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def changes(
    ask: Callable[[datetime, datetime], Iterable[Record]],
    table: ApiTable,
    position: Position,
    as_of: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> Iterator[Batch]:
    """What changed since the position (at first since `start`), up to `as_of` but never beyond now (both aware)."""
    floor, _ = days_window(table.start, table.start, zone)
    reached = floor if position.cursor is None else datetime.fromisoformat(position.cursor)
    end = min(as_of, now)
    records = ChangedRecords(ask, table.late_margin, floor, frozenset(position.recent))
    return records.batches(windows(reached, end, table.window_days, zone), end)


def changes_again(
    ask: Callable[[datetime, datetime], Iterable[Record]],
    table: ApiTable,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> Iterator[Batch]:
    """What changed in `start` to `end` (aware; end excluded), whatever was delivered."""
    return ChangedRecords(ask, timedelta(), start).batches(windows(start, end, table.window_days, zone), end)
