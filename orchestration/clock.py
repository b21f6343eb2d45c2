"""The one place where Andon reads the time of day.

Belongs here: the clock that sensors ask when they start a run. Does not belong here: anything that computes;
a computation takes `as_of`.
"""

from datetime import UTC, datetime


class Clock:
    """The machine's clock, as a Dagster resource; tests put a fixed one in its place."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)
