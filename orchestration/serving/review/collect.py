"""Read one week's review from the served copy.

Belongs here: the queries, one per section. Does not belong here: a formula that a mart or `control/` owns; a
query here selects, filters by week and adds up. Everything is read from one version.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from orchestration.errors import AndonError
from orchestration.partitions import as_of_for_day, iso_week
from orchestration.serving.freshness import read_legs
from orchestration.serving.review.collect_dispute import collect_dispute
from orchestration.serving.review.collect_loop import collect_loop, read_signals
from orchestration.serving.review.data import (
    ALL,
    Criterion,
    Driver,
    Figure,
    Inspection,
    Issue,
    LastWeek,
    Point,
    ReviewData,
    Revision,
    TeamQueue,
)

TREND_WEEKS = 13
WEEK = timedelta(days=7)
WHOLE_FROM = 0.98
"""Share of a day's records from which the day counts as whole."""


class ReviewError(AndonError):
    """The week has nothing that could be reviewed."""


def collect(con: duckdb.DuckDBPyConnection, week_start: date, *, zone: ZoneInfo, currency: str) -> ReviewData:
    """The latest revision of the week that starts on Monday `week_start`; `con` as from `open_served`.

    Raises ReviewError when no revision of the week is published.
    """
    revisions = _revisions(con, week_start)
    if not revisions:
        raise ReviewError(
            f"No revision of week {iso_week(week_start)} is published: run the weekly job for {week_start}."
        )
    latest = revisions[-1].number
    return ReviewData(
        week_start=week_start,
        iso_week=iso_week(week_start),
        currency=currency,
        time_zone=zone.key,
        revisions=revisions,
        plan_versions=_plan_versions(con, week_start, latest),
        figures=_figures(con, week_start, latest),
        previous_figures=_figures(con, week_start, revisions[-2].number) if len(revisions) > 1 else (),
        history=_history(con, week_start),
        drivers=_drivers(con, week_start, latest),
        inspection=_inspection(con, week_start),
        queues=_queues(con, week_start),
        issues=_issues(con, week_start, zone),
        legs=read_legs(con, week_start, week_start + WEEK - timedelta(days=1)),
        source_titles=dict(_rows(con, "SELECT source, title FROM marts.dim_source")),
        owner_titles=dict(
            _rows(con, "SELECT owner_id, name FROM marts.dim_owner WHERE owner_kind = 'role' AND is_current")
        ),
        loop=collect_loop(con, week_start, latest),
        dispute=collect_dispute(con, week_start, latest),
        last_week=_last_week(con, week_start - WEEK),
    )


def _last_week(con: duckdb.DuckDBPyConnection, week: date) -> LastWeek | None:
    """The week before as its latest revision says it; None where it was never judged."""
    revisions = _revisions(con, week)
    if not revisions:
        return None
    latest = revisions[-1]
    totals = [f for f in _figures(con, week, latest.number) if (f.source, f.segment) == (ALL, ALL)]
    return LastWeek(latest.state == "blocked", tuple(totals), read_signals(con, week, latest.number))


def _rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[tuple[Any, ...]]:
    return con.execute(query, list(values)).fetchall()


def _revisions(con: duckdb.DuckDBPyConnection, week: date) -> tuple[Revision, ...]:
    rows = _rows(
        con,
        """
        SELECT revision, any_value(state), max(as_of), any_value(revision_reason)
        FROM marts.weekly_variance WHERE week_start = ? GROUP BY revision ORDER BY revision
        """,
        week,
    )
    return tuple(Revision(number, state, as_of.replace(tzinfo=UTC), reason) for number, state, as_of, reason in rows)


def _plan_versions(con: duckdb.DuckDBPyConnection, week: date, revision: int) -> tuple[str, ...]:
    rows = _rows(
        con,
        """
        SELECT DISTINCT plan_version FROM marts.weekly_variance
        WHERE week_start = ? AND revision = ? AND plan_version IS NOT NULL ORDER BY 1
        """,
        week,
        revision,
    )
    return tuple(version for (version,) in rows)


def _figures(con: duckdb.DuckDBPyConnection, week: date, revision: int) -> tuple[Figure, ...]:
    rows = _rows(
        con,
        """
        SELECT source, segment, metric, plan, actual, variance, variance_pct, favourable, status,
               signal, confidence, weeks_lasted
        FROM marts.weekly_variance WHERE week_start = ? AND revision = ? ORDER BY source, segment, metric
        """,
        week,
        revision,
    )
    return tuple(Figure(*row) for row in rows)


def _history(con: duckdb.DuckDBPyConnection, week: date) -> dict[str, tuple[Point, ...]]:
    """Company-wide plan and actual of the last weeks, each by its latest revision; blocked weeks are gaps."""
    rows = _rows(
        con,
        """
        SELECT metric, week_start,
               CASE WHEN state <> 'blocked' THEN plan END, CASE WHEN state <> 'blocked' THEN actual END
        FROM marts.weekly_variance
        WHERE source = ? AND segment = ? AND week_start > ? AND week_start <= ?
        QUALIFY revision = max(revision) OVER (PARTITION BY week_start)
        ORDER BY metric, week_start
        """,
        ALL,
        ALL,
        week - TREND_WEEKS * WEEK,
        week,
    )
    history: dict[str, list[Point]] = {}
    for metric, start, plan, actual in rows:
        history.setdefault(metric, []).append(Point(start, plan, actual))
    return {metric: tuple(points) for metric, points in history.items()}


def _drivers(con: duckdb.DuckDBPyConnection, week: date, revision: int) -> tuple[Driver, ...]:
    rows = _rows(
        con,
        """
        SELECT source, factor, owner, effect_acquisitions, effect_money, coalesce(basis = 'matured', false)
        FROM marts.weekly_variance_drivers WHERE week_start = ? AND revision = ? ORDER BY source, factor
        """,
        week,
        revision,
    )
    return tuple(Driver(*row) for row in rows)


def _inspection(con: duckdb.DuckDBPyConnection, week: date) -> Inspection:
    totals = _rows(
        con,
        """
        SELECT sum(handed_off)::BIGINT, sum(ready_leads)::BIGINT, sum(defective_leads)::BIGINT,
               sum(unevaluable_leads)::BIGINT
        FROM marts.fct_source_weekly WHERE week_start = ?
        """,
        week,
    )[0]
    criteria = _rows(
        con,
        """
        WITH named AS (
            SELECT criterion_code, max_by(title, criterion_version) AS title
            FROM marts.dim_criterion GROUP BY criterion_code
        ),
        handed_off AS (
            SELECT h.lead_id
            FROM marts.fct_handoffs h JOIN marts.fct_leads l USING (lead_id)
            WHERE h.week_start = ? AND h.attempt_no = 1 AND l.lifecycle_stage <> 'deleted'
        )
        SELECT d.criterion_code, coalesce(any_value(n.title), d.criterion_code), any_value(d.severity),
               any_value(d.owner), count(*), sum(d.cost)::DOUBLE
        FROM marts.lead_defects d
        JOIN handed_off USING (lead_id)
        LEFT JOIN named n USING (criterion_code)
        GROUP BY d.criterion_code ORDER BY count(*) DESC, d.criterion_code
        """,
        week,
    )
    return Inspection(*totals, criteria=tuple(Criterion(*row) for row in criteria))


def _queues(con: duckdb.DuckDBPyConnection, week: date) -> tuple[TeamQueue, ...]:
    rows = _rows(
        con,
        """
        SELECT to_team, count(*), count(decided_at), count(*) FILTER (outcome = 'accepted'),
               count(*) FILTER (outcome IN ('rejected', 'recycled', 'disqualified')),
               count(*) FILTER (outcome = 'open' AND next_offered_at IS NULL),
               count(*) FILTER (is_on_time), count(is_on_time), count(*) FILTER (first_pass),
               median(business_minutes_to_response)::DOUBLE,
               quantile_cont(business_minutes_to_response::DOUBLE, 0.9),
               min(respond_within_minutes)::INT, max(respond_within_minutes)::INT,
               sum(cost_of_poor_quality)::DOUBLE
        FROM marts.fct_handoffs WHERE week_start = ?
        GROUP BY to_team ORDER BY count(*) DESC, to_team
        """,
        week,
    )
    return tuple(TeamQueue(*row) for row in rows)


def _issues(con: duckdb.DuckDBPyConnection, week: date, zone: ZoneInfo) -> tuple[Issue, ...]:
    """What was late, refused or rejected, the critical first."""
    issues = (
        *_late_feeds(con, week),
        *_incomplete_days(con, week),
        *_refused_files(con, week, zone),
        *_rejects(con, week, zone),
    )
    return tuple(sorted(issues, key=lambda issue: issue.severity))


def _late_feeds(con: duckdb.DuckDBPyConnection, week: date) -> tuple[Issue, ...]:
    rows = _rows(
        con,
        """
        SELECT feed, state, list(day ORDER BY day), max(lag_hours)
        FROM marts.feed_freshness
        WHERE day >= ? AND day < ? AND state IN ('late', 'missing')
        GROUP BY feed, state ORDER BY state DESC, feed
        """,
        week,
        week + WEEK,
    )
    issues: list[Issue] = []
    for feed, state, days, lag in rows:
        which = ", ".join(f"{day:%a}" for day in days)
        if state == "missing":
            issues.append(Issue("critical", f"{feed} is delivered for every day", f"{which} not delivered"))
        else:
            by = f", up to {lag:.0f} hours" if lag is not None else ""
            issues.append(Issue("warning", f"{feed} arrives before the daily run", f"{which} late{by}"))
    return tuple(issues)


def _incomplete_days(con: duckdb.DuckDBPyConnection, week: date) -> tuple[Issue, ...]:
    """Feeds of which a day of this week is usually not whole at its age, or has next to nothing."""
    rows = _rows(
        con,
        """
        SELECT feed, min(expected_share) FILTER (young), sum(expected_records - records_arrived) FILTER (young),
               list(day ORDER BY day) FILTER (hollow), sum(usual_records - records_arrived) FILTER (hollow)
        FROM (
            SELECT *, complete_share < expected_share AS hollow,
                   complete_share >= expected_share AND expected_share < ? AND expected_records IS NOT NULL AS young
            FROM marts.day_completeness WHERE week_start = ?
        )
        GROUP BY feed HAVING bool_or(young OR hollow) ORDER BY feed
        """,
        WHOLE_FROM,
        week,
    )
    issues: list[Issue] = []
    for feed, share, to_come, hollow, lacking in rows:
        whole = f"{feed} is whole for every day"
        if hollow:
            which = ", ".join(f"{day:%a}" for day in hollow)
            issues.append(Issue("critical", whole, f"next to nothing of {which} is in; about {lacking:.0f} are usual"))
        if share is not None:
            found = f"by its age the youngest day is usually {share:.0%} in"
            issues.append(Issue("warning", whole, f"{found}; about {to_come:.0f} records are still to come"))
    return tuple(issues)


def _refused_files(con: duckdb.DuckDBPyConnection, week: date, zone: ZoneInfo) -> tuple[Issue, ...]:
    rows = _rows(
        con,
        """
        SELECT feed, file_name, any_value(error) FROM marts.load_manifest
        WHERE status = 'refused' AND landed_at > ? AND landed_at <= ?
        GROUP BY feed, file_name ORDER BY feed, file_name
        """,
        *_landing_window(week, zone),
    )
    return tuple(Issue("critical", f"{feed}: {name} is readable", f"refused: {error}") for feed, name, error in rows)


def _rejects(con: duckdb.DuckDBPyConnection, week: date, zone: ZoneInfo) -> tuple[Issue, ...]:
    rows = _rows(
        con,
        """
        SELECT feed, count(*), mode(reason), first(file_name ORDER BY landed_at, file_name, line),
               first(line ORDER BY landed_at, file_name, line)
        FROM marts.rejected_rows WHERE landed_at > ? AND landed_at <= ?
        GROUP BY feed ORDER BY count(*) DESC, feed
        """,
        *_landing_window(week, zone),
    )
    return tuple(
        Issue(
            "warning",
            f"Every line of {feed} can be loaded",
            f"{count:,} rejected, mostly: {reason}; the first is {name} line {line}",
        )
        for feed, count, reason, name, line in rows
    )


def _landing_window(week: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """After Monday's 06:00 run up to the next Monday's, naive UTC: what the week's seven daily runs loaded."""
    first, last = as_of_for_day(week - timedelta(days=1), zone), as_of_for_day(week + timedelta(days=6), zone)
    return first.replace(tzinfo=None), last.replace(tzinfo=None)
