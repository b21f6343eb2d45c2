"""How long the truth takes from the end of a day until people can read it, from the served copy.

Belongs here: the queries, and the newest run's own moments, which its marts cannot hold. Does not belong here: the
arithmetic of legs (`control/truth_lag.py`), when a moment counts (`run_moments.py`), or words.
"""

from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import pandas as pd

from orchestration.control import truth_lag
from orchestration.ingest.lake import naive_utc
from orchestration.run_moments import MODELLED, SERVED
from orchestration.serving.reader import version_of

ALL_FEEDS = "all"
TITLES = {"land": "event → landed", "model": "landed → modelled", "see": "modelled → served", "total": "event → served"}


@dataclass(frozen=True)
class Leg:
    """A leg of the truth's way over the days of daily feeds, in hours; the feed `slowest` has the highest p95."""

    leg: str
    p50_hours: float
    p95_hours: float
    slowest: str
    slowest_hours: float
    days: int

    @property
    def title(self) -> str:
        """The leg by its two ends."""
        return TITLES[self.leg]


def read_legs(con: duckdb.DuckDBPyConnection, first: date, last: date) -> tuple[Leg, ...]:
    """The legs of the feed-days `first` to `last` that have landed, in their order; `con` as from `open_served`.

    A leg that no day has reached is left out: what was modelled and served before runs were timed is not known. The
    total counts the days that were served.
    """
    moments = read_moments(con, first, last)
    if moments.empty:
        return ()
    both = pd.concat([moments, moments.assign(source=ALL_FEEDS)], ignore_index=True)
    each, served = truth_lag.legs(both), truth_lag.legs(both.loc[both["seen_at"].notna()])
    table = pd.concat([each.loc[each["leg"] != "total"], served.loc[served["leg"] == "total"]])
    return tuple(leg for name in TITLES if (leg := _leg(table.loc[table["leg"] == name])) is not None)


def _leg(rows: pd.DataFrame) -> Leg | None:
    if rows.empty:
        return None
    whole = rows.loc[rows["source"] == ALL_FEEDS].iloc[0]
    slowest = (
        rows.loc[rows["source"] != ALL_FEEDS].sort_values(["p95_hours", "source"], ascending=[False, True]).iloc[0]
    )
    return Leg(
        leg=str(whole["leg"]),
        p50_hours=float(whole["p50_hours"]),
        p95_hours=float(whole["p95_hours"]),
        slowest=str(slowest["source"]),
        slowest_hours=float(slowest["p95_hours"]),
        days=int(whole["observations"]),
    )


def read_moments(con: duckdb.DuckDBPyConnection, first: date, last: date) -> pd.DataFrame:
    """Landed days of daily feeds: `source` (the feed), `day` and truth_lag.MOMENTS, naive UTC, NaT where not reached.

    What the newest run modelled and served is told by the copy that it published.
    """
    rows = con.execute(
        """
        SELECT feed AS source, day, known_as_of, landed_at, modelled_at, served_at AS seen_at,
               least(landed_at - to_microseconds(CAST(lag_hours * 3600e6 AS BIGINT)), landed_at) AS event_at
        FROM marts.feed_freshness
        WHERE cadence = 'daily' AND landed_at IS NOT NULL AND day BETWEEN ? AND ?
        ORDER BY feed, day
        """,
        [first, last],
    ).df()
    dates = ["known_as_of", "event_at", "landed_at", "modelled_at", "seen_at"]
    rows[dates] = rows[dates].astype("datetime64[ns]")
    for column, instant in _newest(con).items():
        own = rows["known_as_of"] == pd.Timestamp(instant[0])
        rows[column] = rows[column].mask(own & rows[column].isna(), pd.Timestamp(instant[1]))
    for column in truth_lag.MOMENTS:
        if column not in rows:
            rows[column] = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    return rows[["source", "day", *truth_lag.MOMENTS]]


def _newest(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[datetime, datetime]]:
    """Per column, the as-of of the copy and when it was reached (naive UTC)."""
    version = version_of(con)
    if version is None:
        return {}
    as_of = naive_utc(datetime.fromisoformat(version.as_of))
    columns = {MODELLED: "modelled_at", SERVED: "seen_at"}
    return {
        column: (as_of, naive_utc(datetime.fromisoformat(version.moments[name])))
        for name, column in columns.items()
        if name in version.moments
    }
