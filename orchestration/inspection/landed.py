"""The rows that landed since the last inspection, feed by feed.

Belongs here: which files those are. Does not belong here: what must hold of them (`expectations/feeds.py`).
"""

from datetime import date, datetime
from pathlib import Path

from expectations.compile import quote
from expectations.feeds import LandedFeed
from orchestration.ingest.columns import ColumnType, Feed
from orchestration.ingest.contracts import FEEDS
from orchestration.ingest.lake import feed_folder, naive_utc, own_folder
from orchestration.settings import Settings


def landed_feeds(settings: Settings, as_of: datetime) -> list[LandedFeed]:
    """Every feed with rows that landed after the last inspection before `as_of` (aware) and no later than it."""
    since = _last_inspection(settings, as_of)
    found = ((feed, _files(settings, feed, since)) for feed in FEEDS)
    return [_landed(feed, files, since, as_of) for feed, files in found if files]


def _landed(feed: Feed, files: list[Path], since: datetime | None, as_of: datetime) -> LandedFeed:
    listed = ", ".join(quote(str(path)) for path in files)
    window = f"_landed_at <= timestamp '{naive_utc(as_of)}'"
    if since is not None:
        window += f" and _landed_at > timestamp '{since}'"
    source = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    needed = {*feed.key, *(column.name for column in feed.columns if column.required)}
    times = [c for c in feed.columns if c.name == feed.event_time and c.type in (ColumnType.TIMESTAMP, ColumnType.DATE)]
    return LandedFeed(
        name=feed.name,
        rows=f"(select * from {source} where {window})",
        required=tuple(column.name for column in feed.columns if column.name in needed),
        accepted=tuple((column.name, column.allowed) for column in feed.columns if column.allowed),
        event_time=times[0].name if times else None,
    )


def _files(settings: Settings, feed: Feed, since: datetime | None) -> list[Path]:
    """The feed's files in the folders of the days from the last inspection on; a landing day is a business day."""
    earliest = date.min if since is None else since.date().fromordinal(since.date().toordinal() - 1)
    folders = feed_folder(settings, feed).glob("landed_on=*")
    recent = (folder for folder in folders if date.fromisoformat(folder.name.partition("=")[2]) >= earliest)
    return sorted(path for folder in recent for path in folder.glob("*.parquet") if path.name != "empty.parquet")


def _last_inspection(settings: Settings, as_of: datetime) -> datetime | None:
    log = own_folder(settings, "lead_verdicts")
    moments = [datetime.strptime(path.stem, "%Y%m%dT%H%M%S.%fZ") for path in log.glob("inspected_on=*/*.parquet")]  # noqa: DTZ007
    return max((moment for moment in moments if moment < naive_utc(as_of)), default=None)
