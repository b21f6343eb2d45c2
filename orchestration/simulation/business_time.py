"""Working time: instants (UTC epoch seconds) to and from counted business seconds, on whole arrays.

Belongs here: the arithmetic. Does not belong here: which hours and holidays there are (plan data).
Counted in whole seconds, so that a result does not depend on where the calendar starts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from orchestration.simulation.arrays import NEVER, Ints, day_number


@dataclass(frozen=True)
class BusinessTime:
    """A stretch of days: their midnights, opening and closing instants (UTC epoch seconds)."""

    first: int
    midnights: Ints
    opens: Ints
    closes: Ints
    worked: Ints
    """Business seconds before each day; one entry more than there are days."""

    @classmethod
    def build(
        cls,
        first: date,
        last: date,
        zone: ZoneInfo,
        hours: Mapping[int, tuple[time, time]],
        holidays: frozenset[date],
    ) -> "BusinessTime":
        """The calendar from `first` to `last`; `hours` by ISO weekday, days without an entry are closed."""
        days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]

        def instant(day: date, at: time) -> int:
            return int(datetime.combine(day, at, tzinfo=zone).timestamp())

        closed = (time(12), time(12))
        spans = [closed if day in holidays else hours.get(day.isoweekday(), closed) for day in days]
        opens = np.array([instant(day, span[0]) for day, span in zip(days, spans, strict=True)], dtype=np.int64)
        closes = np.array([instant(day, span[1]) for day, span in zip(days, spans, strict=True)], dtype=np.int64)
        midnights = np.array([instant(day, time(0)) for day in days], dtype=np.int64)
        worked = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(closes - opens)])
        return cls(day_number(first), midnights, opens, closes, worked)

    def day(self, at: Ints) -> Ints:
        """The business date (day number) of each instant; NEVER stays NEVER."""
        days = np.searchsorted(self.midnights, at, side="right") - 1 + self.first
        return np.where(at >= NEVER, NEVER, days).astype(np.int64)

    def midnight(self, day: Ints) -> Ints:
        """The instant at which each business date begins."""
        return self.midnights[day - self.first]

    def worked_at(self, at: Ints) -> Ints:
        """Business seconds from the calendar's start to each instant."""
        position = np.clip(np.searchsorted(self.midnights, at, side="right") - 1, 0, len(self.midnights) - 1)
        inside = np.clip(at, self.opens[position], self.closes[position]) - self.opens[position]
        return self.worked[position] + inside

    def at_worked(self, seconds: Ints) -> Ints:
        """The instant at which that many business seconds have passed."""
        position = np.searchsorted(self.worked, seconds, side="right") - 1
        position = np.clip(position, 0, len(self.opens) - 1)
        return self.opens[position] + seconds - self.worked[position]

    def after(self, at: Ints, seconds: Ints) -> Ints:
        """The instant `seconds` business seconds after `at`."""
        return self.at_worked(self.worked_at(at) + seconds)
