"""Where the published truth stands, for a terminal: the copy, its feeds, its newest weeks, how long the truth took.

Belongs here: those queries and the layout. Does not belong here: the legs (`freshness.py`), or when a feed is late or a
week whole (the marts).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from orchestration.partitions import business_day_of
from orchestration.serving.freshness import Leg, read_legs
from orchestration.serving.inert import visible
from orchestration.serving.reader import version_of
from orchestration.serving.review.words import duration, instant

RECENT_DAYS = 14
WEEKS = 3


def status_text(con: duckdb.DuckDBPyConnection, zone: ZoneInfo, days: int) -> str:
    """The status as lines of text, the legs of the last `days` business days; `con` as from `open_served`."""
    version = version_of(con)
    assert version is not None, "a served copy tells of itself"
    as_of = datetime.fromisoformat(version.as_of)
    last = business_day_of(as_of, zone)
    moments = {name: datetime.fromisoformat(at) for name, at in version.moments.items()}
    told = [f"{name} {instant(at, zone.key)}" for name, at in sorted(moments.items())]
    lines = [", ".join([f"Published as of {instant(as_of, zone.key)}", *told])]
    lines += ["", f"Feeds: newest day that is in, and how many of the last {RECENT_DAYS} were late or missing"]
    lines += [_feed(row) for row in _feeds(con)]
    lines += ["", "Weeks"] + [_week(row) for row in _weeks(con)]
    legs = read_legs(con, last - timedelta(days=days - 1), last)
    lines += ["", f"How long the truth took, last {days} days of the daily feeds"]
    return "\n".join(lines + (_legs(legs) or ["  no day has landed"]))


def _feeds(con: duckdb.DuckDBPyConnection) -> Sequence[tuple[object, ...]]:
    """Feed, cadence, newest day in, late days and missing days among the newest."""
    return con.execute(
        """
        SELECT feed, any_value(cadence), max(day) FILTER (landed_at IS NOT NULL),
               count(*) FILTER (state = 'late' AND is_recent), count(*) FILTER (state = 'missing' AND is_recent)
        FROM (SELECT *, day > max(day) OVER () - ? AS is_recent FROM marts.feed_freshness)
        GROUP BY feed ORDER BY feed
        """,
        [RECENT_DAYS],
    ).fetchall()


def _feed(row: tuple[object, ...]) -> str:
    feed, cadence, newest, late, missing = row
    faults = [f"{count} {what}" for count, what in ((late, "late"), (missing, "missing")) if count]
    told = ", ".join(faults) or ("in time" if cadence == "daily" else "on change")
    return f"  {visible(str(feed)):<34}{newest or 'nothing'!s:<12}{told}"


def _weeks(con: duckdb.DuckDBPyConnection) -> Sequence[tuple[object, ...]]:
    return con.execute(
        """
        SELECT iso_week, is_closed, missing, complete_share, incomplete FROM marts.fct_week_status
        ORDER BY week_start DESC LIMIT ?
        """,
        [WEEKS],
    ).fetchall()


def _week(row: tuple[object, ...]) -> str:
    week, is_closed, missing, share, incomplete = row
    if not is_closed:
        return f"  {week}  open, missing {visible(str(missing or 'days to come'))}"
    if share is None:
        return f"  {week}  closed"
    return f"  {week}  closed, {float(str(share)):.0%} in" + (f": {visible(str(incomplete))}" if incomplete else "")


def _legs(legs: Sequence[Leg]) -> list[str]:
    if not legs:
        return []
    head = f"  {'':<20}{'p50':>9}{'p95':>9}{'feed-days':>11}  slowest feed, p95"
    return [
        head,
        *(
            f"  {leg.title:<20}{duration(leg.p50_hours):>9}{duration(leg.p95_hours):>9}{leg.days:>11}"
            f"  {visible(leg.slowest)}, {duration(leg.slowest_hours)}"
            for leg in legs
        ),
    ]
