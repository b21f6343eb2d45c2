"""What the landing sensor sees: files that have settled and were neither loaded nor asked for before.

A file is settled when it is as it was at the scan before, or untouched for a while. The cursor holds only what is
still open: files seen once, and files asked for that the lake does not have (a refused one stays there, and is
asked for again only when its content changes). It is returned with the files, so what is not stored is not lost.

Does not belong here: loading (`load.py`), or how a run is requested (`automation.py`).
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import feeds_on
from orchestration.ingest.discovery import HashCache, LandedFile, Stamp, content_hash, list_files, read_bytes
from orchestration.ingest.manifest import read_known
from orchestration.ingest.remote.landing_file import PULLED_FOLDER
from orchestration.partitions import business_day_of
from orchestration.settings import Settings

SETTLED_AFTER = timedelta(minutes=2)
# The run that pulled a file loads it: only one that was left lying, by a killed run or `andon pull`, needs another.
PULLED_LEFT_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class LandingScan:
    """`new_files`: settled and not asked for before, by name; `cursor`: give it to the next scan."""

    new_files: tuple[str, ...]
    cursor: str
    run_key: str


@dataclass
class _Cursor:
    """Open files: as they were when seen unsettled, and (with their content's hash) when asked for."""

    seen: dict[str, Stamp] = field(default_factory=dict[str, Stamp])
    asked: dict[str, tuple[Stamp, str]] = field(default_factory=dict[str, tuple[Stamp, str]])

    @classmethod
    def parse(cls, text: str | None) -> "_Cursor":
        stored: dict[str, dict[str, Any]] = json.loads(text) if text else {"seen": {}, "asked": {}}
        return cls(
            seen={name: _stamp(stamp) for name, stamp in stored["seen"].items()},
            asked={name: (_stamp(stamp), str(sha256)) for name, (stamp, sha256) in stored["asked"].items()},
        )

    def text(self) -> str:
        return json.dumps({"seen": self.seen, "asked": self.asked}, sort_keys=True)


def scan_landing(settings: Settings, cursor: str | None, now: datetime) -> LandingScan:
    """Look at every feed's landing folder as of `now` (aware). Files for a day to come are left for that day."""
    before, after = _Cursor.parse(cursor), _Cursor()
    new: dict[str, str] = {}
    for feed in feeds_on(settings):
        _scan_feed(settings, feed, now, before, after, new)
    key = hashlib.sha256(json.dumps(sorted(new.items())).encode()).hexdigest()[:16]
    return LandingScan(tuple(sorted(new)), after.text(), f"landing-{key}")


def _scan_feed(
    settings: Settings, feed: Feed, now: datetime, before: _Cursor, after: _Cursor, new: dict[str, str]
) -> None:
    files = [file for file in list_files(settings, feed) if file.format is not None]
    if not files:
        return
    known, cache = read_known(settings, feed), HashCache.load(settings, feed)
    today = business_day_of(now, settings.zone)
    for file in files:
        sha256 = cache.get(file)
        if sha256 is not None and known.has(sha256, file.delivery_day):
            continue
        if file.delivery_day is not None and file.delivery_day > today:
            continue
        asked = before.asked.get(file.name)
        if asked is not None and asked[0] == file.stamp:
            after.asked[file.name] = asked
            continue
        data = read_bytes(file) if _is_settled(file, now, before) else None
        if data is None:
            after.seen[file.name] = file.stamp
            continue
        sha256 = content_hash(data)
        after.asked[file.name] = (file.stamp, sha256)
        if not known.has(sha256, file.delivery_day) and (asked is None or asked[1] != sha256):
            new[file.name] = sha256


def _is_settled(file: LandedFile, now: datetime, before: _Cursor) -> bool:
    touched = datetime.fromtimestamp(max(file.stamp[1:]) / 1e9, UTC)
    if file.path.parent.name == PULLED_FOLDER:
        return now - touched >= PULLED_LEFT_AFTER
    return before.seen.get(file.name) == file.stamp or now - touched >= SETTLED_AFTER


def _stamp(values: list[int]) -> Stamp:
    size, modified, changed = values
    return size, modified, changed
