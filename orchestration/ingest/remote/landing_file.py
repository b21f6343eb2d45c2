"""From what a source gives to a file in landing: compressed, counted, named by its content.

The same rows give the same bytes, so what is pulled twice is delivered twice, which the load knows. Belongs here:
writing and counting. Does not belong here: the position (`position.py`), or how a source is read.
"""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from orchestration.ingest.columns import Feed
from orchestration.ingest.lake import sync
from orchestration.ingest.records import ConservationError
from orchestration.ingest.remote.errors import WindowLostError
from orchestration.ingest.remote.position import Position, PositionFile
from orchestration.partitions import business_day_of
from orchestration.settings import Settings

PULLED_FOLDER = "pulled"
BLOCK_BYTES = 1 << 20
# Fast compression: a pull must not wait for it, and the lake holds the rows compressed well.
LEVEL = 1
ATTEMPTS = 3


@dataclass(frozen=True)
class Read:
    """What a batch was found to hold once it had been read: rows at the source, and the position after it."""

    rows: int
    position: Position


@dataclass(frozen=True)
class Batch:
    """A window of a table. `read(write)` gives every byte of the file to `write`, and may be called again.

    `label`: the window in the file's name. `until` (aware): its last instant; decides the day it delivers.
    `is_last`: a window without rows becomes a file only if it is the last, to say that nothing is new.
    """

    label: str
    until: datetime
    format: str
    is_last: bool
    read: Callable[[Callable[[bytes], object]], Read]


@dataclass(frozen=True)
class Landed:
    """One batch brought in; `file` is None when it held nothing new."""

    file: Path | None
    rows: int


def land(settings: Settings, feed: Feed, name: str, batch: Batch, place: PositionFile | None) -> Landed:
    """Read a batch into landing and move the position on; without `place` no position is kept.

    Raises ConservationError, with nothing landed, when the file does not hold as many rows as the source gave.
    """
    folder = settings.landing / feed.system / feed.table / PULLED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{name}.tmp"
    read, sha256 = _written(temporary, batch)
    rows = rows_in(temporary, batch.format)
    if rows != read.rows:
        temporary.unlink()
        raise ConservationError(
            f"{name}: {feed.name}: {read.rows} rows read at the source, {rows} in the file; nothing was kept"
        )
    is_copy = read.position.cursor is None
    position = replace(read.position, content=sha256) if is_copy else read.position
    is_unchanged_copy = is_copy and place is not None and place.read().position.content == sha256
    if is_unchanged_copy or not (rows or batch.is_last):
        temporary.unlink()
        if place:
            place.keep(position)
        return Landed(None, rows)
    day = business_day_of(batch.until, settings.zone)
    # Quiet windows of one day say the same, so that one file says it for all.
    label = batch.label if rows else "nothing"
    target = folder / f"{name}_{day}_{label}_{sha256[:8]}.{batch.format}"
    if place:
        place.add(settings.landing, temporary, target, position)
    else:
        temporary.replace(target)
        sync(folder)
    return Landed(target, rows)


def rows_in(path: Path, file_format: str) -> int:
    """Records in a compressed file, counted from the file: lines, not counting those inside quotes, or a header."""
    lines, quotes = 0, 0
    is_csv = file_format == "csv.gz"
    with gzip.open(path) as file:
        while block := file.read(BLOCK_BYTES):
            pieces = block.split(b'"') if is_csv else [block]
            lines += sum(piece.count(b"\n") for piece in pieces[quotes % 2 :: 2])
            quotes += len(pieces) - 1
    return lines - 1 if is_csv else lines


def _written(path: Path, batch: Batch, attempts: int = ATTEMPTS) -> tuple[Read, str]:
    try:
        with path.open("wb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as file:
            read = batch.read(file.write)
    except WindowLostError:
        if attempts == 1:
            raise
        return _written(path, batch, attempts - 1)
    sync(path)
    return read, _sha256(path)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in _blocks(file.read):
            digest.update(block)
    return digest.hexdigest()


def _blocks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while block := read(BLOCK_BYTES):
        yield block
