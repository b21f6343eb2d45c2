"""How far a source's table has been pulled, kept in one small file, and what is about to be added to landing.

A file is put into landing in four steps: written under a temporary name; noted here as pending, together with the
position after it; renamed; the position moves on. A puller killed between any two leaves either no file (the window
is read again) or a file whose pending note is completed by the next pull: never lost, never delivered twice.

Belongs here: that note and the position. Does not belong here: writing the file (`landing_file.py`).
"""

import fcntl
import hashlib
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from orchestration.ingest.lake import sync, write_atomically
from orchestration.ingest.remote.declared import Pulled, Source
from orchestration.settings import Settings


@dataclass(frozen=True)
class Position:
    """All rows up to `cursor` (the source's own text for it, included) are in landing.

    `recent`: digests of the rows delivered within the late margin before it, and of those without a cursor, by which
    a row that became visible late is told from one delivered. `content`: the last whole copy's SHA-256.
    """

    cursor: str | None = None
    recent: tuple[str, ...] = ()
    content: str | None = None


@dataclass(frozen=True)
class Pending:
    """A file that is complete under its temporary name, and the position once it has its own."""

    temporary: str
    file: str
    position: Position


@dataclass(frozen=True)
class Stored:
    """What the file holds: position, pending file, and the error that the last pull ended with."""

    position: Position = Position()
    pending: Pending | None = None
    error: str | None = None


_STORED = TypeAdapter(Stored)


def row_digest(*values: str | None) -> str:
    """What a row is remembered by: cursor and key, shortened."""
    text = "\x1f".join("\x00" if value is None else value for value in values)
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()


@dataclass(frozen=True)
class PositionFile:
    """The file of one source's table."""

    path: Path

    @classmethod
    def of(cls, settings: Settings, source: Source, table: Pulled) -> "PositionFile":
        """Where it lies."""
        remote = re.sub(r"[^A-Za-z0-9_.]", "-", table.remote_name())
        return cls(settings.pulls / source.name / f"{table.feed}@{remote}.json")

    def read(self) -> Stored:
        """What is stored; nothing when the table was never pulled."""
        if not self.path.exists():
            return Stored()
        return _STORED.validate_json(self.path.read_bytes())

    def write(self, stored: Stored) -> None:
        """Store it, atomically."""
        content = _STORED.dump_json(stored, indent=1)
        write_atomically(self.path, lambda file: file.write(content))

    def add(self, landing: Path, temporary: Path, target: Path, position: Position) -> None:
        """Give a complete file (synced, below `landing`) its name and move the position on, as one step."""
        pending = Pending(temporary.relative_to(landing).as_posix(), target.relative_to(landing).as_posix(), position)
        self.write(replace(self.read(), pending=pending))
        self.settle(landing)

    def keep(self, position: Position) -> None:
        """Move the position on without a file: the window held nothing new."""
        self.write(replace(self.read(), position=position))

    def note_error(self, error: str | None) -> None:
        """Remember how the last pull ended; None when it ended well."""
        stored = self.read()
        if stored.error != error:
            self.write(replace(stored, error=error))

    def settle(self, landing: Path) -> Stored:
        """Complete what a killed pull left pending, and give what is then stored."""
        stored = self.read()
        if stored.pending is None:
            return stored
        temporary, target = landing / stored.pending.temporary, landing / stored.pending.file
        if temporary.exists():
            temporary.replace(target)
            sync(target.parent)
        settled = replace(stored, pending=None)
        if target.exists():
            settled = replace(settled, position=stored.pending.position)
        self.write(settled)
        return settled

    @contextmanager
    def alone(self) -> Generator[None]:
        """Keep two pulls of one table apart."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def open_errors(settings: Settings, sources: Iterable[Source]) -> list[str]:
    """The error of each declared table whose last pull failed."""
    stored = [PositionFile.of(settings, source, table).read() for source in sources for table in source.tables]
    return [each.error for each in stored if each.error]
