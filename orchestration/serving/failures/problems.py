"""Why leads could not be judged: files refused, feeds missing or empty, lines rejected, criteria that saw nothing.

Belongs here: one query per kind of problem, and which of them are news. Does not belong here: defects.

A run that could not evaluate says so: "0 defects" would be the worst of all wrong numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.ingest.lake import naive_utc
from orchestration.partitions import business_day_of
from orchestration.serving.failures.data import Problem
from orchestration.serving.failures.memory import ToldProblem

LOOK_BACK = timedelta(days=7)
# A criterion that cannot be evaluated for nearly all of its segment's leads is blind; fewer are single leads' gaps.
BLIND_SHARE = 0.8
FEWEST_LEADS = 5


@dataclass(frozen=True)
class Found:
    """A problem as it stands, in words with its remedy; `key` names it across runs."""

    key: str
    text: str
    remedy: str


def find_problems(con: duckdb.DuckDBPyConnection, as_of: datetime, zone: ZoneInfo) -> list[Found]:
    """The problems that stand at `as_of` (aware), from the served copy, the gravest kind first."""
    day = business_day_of(as_of - timedelta.resolution, zone)
    since = naive_utc(as_of - LOOK_BACK)
    return [
        *_refused(con),
        *_missing(con),
        *_empty(con, day),
        *_blind(con, naive_utc(as_of)),
        *_rejected(con, since),
    ]


def compared(found: Sequence[Found], told: Mapping[str, ToldProblem], day: date) -> tuple[Problem, ...]:
    """`found` as new or known since they were told, then what was told and stands no longer."""
    standing = [
        Problem(
            each.key, each.text, each.remedy, told[each.key].since if each.key in told else day,
            "known" if each.key in told else "new",
        )
        for each in found
    ]  # fmt: skip
    keys = {each.key for each in found}
    resolved = [Problem(t.key, t.found, "", t.since, "resolved") for t in told.values() if t.key not in keys]
    return (*standing, *resolved)


def _rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[tuple[Any, ...]]:
    return con.execute(query, list(values)).fetchall()


def _refused(con: duckdb.DuckDBPyConnection) -> list[Found]:
    rows = _rows(
        con,
        """
        -- A file that was mended for a repeat of the same run is recorded at the same instant: it was loaded last.
        SELECT feed, file_name, max_by(error, recorded_at) FROM marts.load_manifest
        GROUP BY feed, file_name HAVING max_by(status, (recorded_at, status = 'loaded')) = 'refused'
        ORDER BY feed, file_name
        """,
    )
    return [
        Found(f"refused:{feed}:{name}", f"{name} was refused: {error}", "Mend the file; the next run reads it again.")
        for feed, name, error in rows
    ]


def _missing(con: duckdb.DuckDBPyConnection) -> list[Found]:
    rows = _rows(
        con,
        """
        SELECT feed, min(day), count(*) FROM marts.feed_freshness
        WHERE state = 'missing' GROUP BY feed ORDER BY feed
        """,
    )
    return [
        Found(
            f"missing:{feed}",
            f"{feed} was not delivered from {first:%a} {first.day} {first:%b} on: "
            "what it tells is not judged, or by old data",
            "Deliver the missing days to the landing folder.",
        )
        for feed, first, _ in rows
    ]


def _empty(con: duckdb.DuckDBPyConnection, day: date) -> list[Found]:
    """Files without a row, on business days, of feeds that are due daily."""
    rows = _rows(
        con,
        """
        WITH due AS (SELECT DISTINCT feed FROM marts.feed_freshness WHERE cadence = 'daily')
        SELECT m.feed, m.file_name
        FROM marts.load_manifest m
        JOIN due USING (feed)
        JOIN marts.dim_date d ON d.date_day = coalesce(m.delivery_day, m.landed_on)
        WHERE m.status = 'loaded' AND m.rows_loaded = 0 AND d.is_business_day AND d.date_day > ?
        QUALIFY sum(m.rows_loaded) OVER (PARTITION BY m.feed, d.date_day) = 0
        ORDER BY m.feed, m.file_name
        """,
        day - LOOK_BACK,
    )
    return [
        Found(f"empty:{name}", f"{name} held no row that could be loaded", f"Check the export of {feed}.")
        for feed, name in rows
    ]


def _blind(con: duckdb.DuckDBPyConnection, as_of: datetime) -> list[Found]:
    rows = _rows(
        con,
        """
        WITH inspected AS (
            SELECT v.lead_id, l.segment FROM marts.lead_verdicts v JOIN marts.fct_leads l USING (lead_id)
            WHERE v.is_latest AND v.inspected_at = (SELECT max(inspected_at) FROM marts.lead_verdicts
                                                   WHERE inspected_at <= ?)
        ),
        totals AS (SELECT segment, count(*) AS leads FROM inspected GROUP BY segment),
        unseen AS (
            SELECT u.criterion_code, i.segment, count(*) AS leads
            FROM marts.lead_unevaluable u JOIN inspected i USING (lead_id) GROUP BY ALL
        ),
        shares AS (
            SELECT u.criterion_code, sum(u.leads)::BIGINT AS unseen, sum(t.leads)::BIGINT AS leads
            FROM unseen u JOIN totals t USING (segment) GROUP BY u.criterion_code
        )
        SELECT s.criterion_code, coalesce(max(c.title), s.criterion_code), s.unseen, s.leads
        FROM shares s LEFT JOIN marts.dim_criterion c USING (criterion_code)
        WHERE s.leads >= ? AND s.unseen >= ? * s.leads
        GROUP BY s.criterion_code, s.unseen, s.leads ORDER BY s.criterion_code
        """,
        as_of,
        FEWEST_LEADS,
        BLIND_SHARE,
    )
    return [
        Found(
            f"blind:{code}",
            f"“{title}” could not be evaluated for {unseen:,} of {leads:,} leads: its column is missing or empty",
            "Deliver the column again; until then nobody knows how many fail.",
        )
        for code, title, unseen, leads in rows
    ]


def _rejected(con: duckdb.DuckDBPyConnection, since: datetime) -> list[Found]:
    rows = _rows(
        con,
        """
        SELECT feed, file_name, count(*), mode(reason), min(line) FROM marts.rejected_rows
        WHERE landed_at > ? GROUP BY feed, file_name ORDER BY feed, file_name
        """,
        since,
    )
    return [
        Found(
            f"rejected:{name}",
            f"{count:,} lines of {name} could not be loaded (from line {line} on, mostly: {reason})",
            "Deliver those lines again, mended; they are kept in rejected_rows.",
        )
        for _, name, count, reason, line in rows
    ]
