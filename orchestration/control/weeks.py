"""Which weeks need a run, read from what is published and what was computed from it.

Belongs here: comparing the served copy with the stored revisions. Does not belong here: the schedule of
the sensor that asks (`automation.py`), when a week counts as closed (dbt, `fct_week_status`), or any
figure.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb

from orchestration.control.inputs import read_published_revisions, read_statuses
from orchestration.control.revisions import Revision, RevisionStore
from orchestration.control.week_state import WeekStatus, is_outdated, state_of
from orchestration.partitions import FIRST_WEEK
from orchestration.serving.reader import NothingPublishedError, open_served
from orchestration.settings import Settings


@dataclass(frozen=True)
class WeekDue:
    """A closed week whose latest revision does not say what is published; `as_of` aware, of the publication."""

    week_start: date
    fingerprint: str
    reason: str
    as_of: datetime
    run_key: str


def served_weeks_due(settings: Settings) -> list[WeekDue]:
    """`weeks_due` for the current served copy; none while nothing is published."""
    try:
        with open_served(settings) as connection:
            return weeks_due(connection, RevisionStore(settings), settings.zone)
    except NothingPublishedError:
        return []


def weeks_to_run(settings: Settings) -> list[WeekDue]:
    """The weeks that are due, and those whose newest revision was stored by a run that died before publishing it."""
    store = RevisionStore(settings)
    try:
        with open_served(settings) as connection:
            due = weeks_due(connection, store, settings.zone)
            return sorted(due + _unpublished(connection, store, {week.week_start for week in due}), key=_by_week)
    except NothingPublishedError:
        return []


def _by_week(week: WeekDue) -> date:
    return week.week_start


def _unpublished(con: duckdb.DuckDBPyConnection, store: RevisionStore, due: set[date]) -> list[WeekDue]:
    statuses, as_of = read_statuses(con)
    published = read_published_revisions(con)
    return [
        WeekDue(
            week,
            revision.fingerprint,
            f"revision {revision.number} is stored and not published",
            as_of,
            f"{week.isoformat()}:{revision.fingerprint}:publish-{revision.number}",
        )
        for week, revision in store.latest_of_all().items()
        if as_of is not None and week in statuses and week not in due and revision.number > published.get(week, 0)
    ]


def weeks_due(con: duckdb.DuckDBPyConnection, store: RevisionStore, zone: ZoneInfo) -> list[WeekDue]:
    """Closed weeks to compute, oldest first: never computed, content changed, or settled since.

    However old the week is, back to the first partition: a corrected day re-opens it. `con` reads the
    served copy.
    """
    statuses, as_of = read_statuses(con)
    if as_of is None:
        return []
    latest = store.latest_of_all()
    due: list[WeekDue] = []
    for week in sorted(statuses):
        status, last = statuses[week], latest.get(week)
        computable = status.is_closed and week >= FIRST_WEEK
        reason = _reason(status, last, as_of, zone) if computable else ""
        if reason:
            key = _run_key(status, last, store)
            due.append(WeekDue(week, status.fingerprint, reason, as_of, key))
    return due


def _reason(status: WeekStatus, last: Revision | None, as_of: datetime, zone: ZoneInfo) -> str:
    """Why the week needs a run, or nothing."""
    state, _ = state_of(status, as_of, zone)
    if last is None:
        return "closed, not computed yet"
    if last.fingerprint != status.fingerprint:
        return f"its content changed since revision {last.number}"
    if is_outdated((last.fingerprint, last.state), (status.fingerprint, state)):
        return f"{last.state} in revision {last.number}, now {state}"
    return ""


def _run_key(status: WeekStatus, last: Revision | None, store: RevisionStore) -> str:
    """The same content runs once: unless a later revision stands between, or only the state changes."""
    key = f"{status.week_start.isoformat()}:{status.fingerprint}"
    if last is not None and store.has_seen(status.week_start, status.fingerprint):
        return f"{key}:after-{last.number}"
    return key
