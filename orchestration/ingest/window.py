"""The days a load covers, and when a file counts as landed.

Belongs here: the one rule for `landed_at` and `landed_on`. Does not belong here: which files exist.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from orchestration.ingest.lake import naive_utc
from orchestration.ingest.manifest import KnownFiles
from orchestration.partitions import as_of_for_day


@dataclass(frozen=True)
class Landing:
    """When a file counts as landed: instant (naive UTC) and business day. Neither goes back within a feed."""

    at: datetime
    on: date


@dataclass(frozen=True)
class Window:
    """The business days a run covers, the instant (aware) it looks from, and the business time zone."""

    first_day: date
    last_day: date
    as_of: datetime
    zone: ZoneInfo

    def day_of(self, delivery_day: date | None) -> date:
        """The day of the window on which a file counts as delivered; without a day of its own, the last one."""
        return min(max(delivery_day or self.last_day, self.first_day), self.last_day)

    def landing(self, delivery_day: date | None, known: KnownFiles) -> Landing:
        """When a file lands: the morning after its day, but never before what the feed has landed already."""
        day = self.day_of(delivery_day)
        at = self.as_of if day == self.last_day else min(as_of_for_day(day, self.zone), self.as_of)
        return Landing(
            at=max(naive_utc(at), known.newest_landed_at or datetime.min),  # noqa: DTZ901
            on=max(day, known.newest_landed_on or date.min),
        )
