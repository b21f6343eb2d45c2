"""Stretches of time that a pull is cut into: whole business days, as the daily run sees them (06:00 to 06:00).

Belongs here: that arithmetic. Does not belong here: what is read in a window.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.partitions import as_of_for_day, business_day_of


def days_window(first_day: date, last_day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants (UTC; end excluded) between which business days `first_day` to `last_day` lie."""
    return as_of_for_day(first_day - timedelta(days=1), zone), as_of_for_day(last_day, zone)


def window_end(start: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end (UTC, excluded) of the window of `days` business days whose first one holds `start` (aware)."""
    return as_of_for_day(business_day_of(start, zone) + timedelta(days=days - 1), zone)


def windows(start: datetime, end: datetime, days: int, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """`start` to `end` (aware; end excluded) in windows of `days` business days; the last may be shorter."""
    while start < end:
        stop = min(window_end(start, days, zone), end)
        yield start, stop
        start = stop
