"""What lies in the landing folder: files, their delivery day, their content's hash.

Belongs here: listing and identifying files, at a cost that follows the day's change: a file whose name, size and
times are as they were is not read again. Does not belong here: what was loaded (`manifest.py`), or reading
records (`readers/`).
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath

from orchestration.ingest.columns import Feed
from orchestration.ingest.lake import write_atomically
from orchestration.ingest.readers import format_of
from orchestration.settings import Settings

UNFINISHED_SUFFIXES = (".tmp", ".part")
_ISO_DATE = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class LandedFile:
    """A file in landing. `name` is relative to landing; `stamp` is its size, mtime and ctime (ns)."""

    name: str
    path: Path
    stamp: Stamp
    format: str | None
    delivery_day: date | None

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.stamp[0]


def list_files(settings: Settings, feed: Feed) -> list[LandedFile]:
    """Every finished file of a feed, by name. Names that start with a dot or end in .tmp or .part are unfinished."""
    folder = settings.landing / feed.system / feed.table
    files = [_landed_file(settings, folder, entry) for entry in _walk(folder)]
    return sorted(files, key=lambda file: file.name)


def read_bytes(file: LandedFile) -> bytes | None:
    """The file's bytes; None when it changed while it was read or is gone, as one still being written does."""
    try:
        data = file.path.read_bytes()
        stamp = stamp_of(file.path.stat())
    except FileNotFoundError:
        return None
    return data if stamp == file.stamp else None


def content_hash(data: bytes) -> str:
    """The identity of a file's content."""
    return hashlib.sha256(data).hexdigest()


@dataclass
class HashCache:
    """Which content a file of a feed had, by name and stamp. Losing it costs one more reading, nothing else."""

    path: Path
    entries: dict[str, tuple[Stamp, str]] = field(default_factory=dict[str, tuple[Stamp, str]])
    changed: bool = False

    @classmethod
    def load(cls, settings: Settings, feed: Feed) -> "HashCache":
        """The cache as the last load left it."""
        path = settings.raw / ".hashes" / f"{feed.name}.json"
        if not path.exists():
            return cls(path)
        stored: dict[str, list[object]] = json.loads(path.read_text())
        entries: dict[str, tuple[Stamp, str]] = {}
        for name, (size, modified, changed, sha256) in stored.items():
            assert isinstance(size, int)
            assert isinstance(modified, int)
            assert isinstance(changed, int)
            entries[name] = ((size, modified, changed), str(sha256))
        return cls(path, entries)

    def get(self, file: LandedFile) -> str | None:
        """The content's hash, if the file is as it was when it was last read."""
        stamp, sha256 = self.entries.get(file.name, (None, None))
        return sha256 if stamp == file.stamp else None

    def put(self, file: LandedFile, sha256: str) -> None:
        """Remember the hash of a file that was read."""
        self.entries[file.name] = (file.stamp, sha256)
        self.changed = True

    def save(self) -> None:
        """Store the cache if anything was added."""
        if self.changed:
            content = json.dumps({name: [*stamp, sha256] for name, (stamp, sha256) in self.entries.items()})
            write_atomically(self.path, lambda file: file.write(content.encode()))


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED_SUFFIXES):
                continue
            if entry.is_dir():
                yield from _walk(Path(entry.path))
            elif entry.is_file():
                yield entry


def _landed_file(settings: Settings, folder: Path, entry: os.DirEntry[str]) -> LandedFile:
    path = Path(entry.path)
    inner = path.relative_to(folder)
    return LandedFile(
        name=path.relative_to(settings.landing).as_posix(),
        path=path,
        stamp=stamp_of(entry.stat()),
        format=format_of(entry.name),
        delivery_day=delivery_day(inner),
    )


def stamp_of(status: os.stat_result) -> Stamp:
    """What tells whether a file changed: size, mtime and ctime."""
    # The change time cannot be set by a program, so a file replaced under an old time is still seen.
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def delivery_day(path: Path | PurePosixPath) -> date | None:
    """The business day a file delivers: the first ISO date in its name, else in its folders, nearest first."""
    for part in reversed(path.parts):
        for found in _ISO_DATE.findall(part):
            try:
                return date.fromisoformat(found)
            except ValueError:
                continue
    return None
