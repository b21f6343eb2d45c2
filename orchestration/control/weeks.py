"""Which weeks need a run, read from what is published and what was computed from it.

Belongs here: comparing the served copy with the stored revisions. Does not belong here: the schedule of
the sensor that asks (`automation.py`), when a week counts as closed (dbt, `fct_week_status`), or any
figure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from orchestration.control.finished_weeks import finished_revisions
from orchestration.control.inputs import read_policy, read_published_revisions, read_statuses
from orchestration.control.policy import policy_in_force
from orchestration.control.revisions import Revision, RevisionStore
from orchestration.control.week_state import WeekStatus, is_outdated, state_of
from orchestration.partitions import FIRST_WEEK
from orchestration.serving.reader import NothingPublishedError, open_served
from orchestration.settings import Settings

_NOT_PUBLISHED = "stored and not published"


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
    """The weeks that are due, and those whose last run ended before its last act: published, or reported, by halves."""
    store = RevisionStore(settings)
    try:
        with open_served(settings) as connection:
            halves = _unfinished(connection, store, finished_revisions(settings))
            found = {week.week_start: week for week in (*halves, *weeks_due(connection, store, settings.zone))}
    except NothingPublishedError:
        return []
    return [found[week] for week in sorted(found)]


def _unfinished(
    con: duckdb.DuckDBPyConnection, store: RevisionStore, finished: Mapping[date, int]
) -> Iterator[WeekDue]:
    """Weeks whose newest revision is not published, or not told to everybody, each with its reason.

    The run key has the publication's instant: what fails again is tried again with the next publication.
    """
    statuses, as_of = read_statuses(con)
    published = read_published_revisions(con)
    for week, revision in store.latest_of_all().items():
        if as_of is None or week not in statuses or finished.get(week, 0) >= revision.number:
            continue
        is_published = published.get(week, 0) >= revision.number
        what = "published, and its review, reports or budgets are not all out" if is_published else _NOT_PUBLISHED
        key = f"{week.isoformat()}:{revision.fingerprint}:finish-{revision.number}@{as_of:%Y%m%dT%H%M%S}"
        yield WeekDue(week, revision.fingerprint, f"revision {revision.number} is {what}", as_of, key)


def weeks_due(con: duckdb.DuckDBPyConnection, store: RevisionStore, zone: ZoneInfo) -> list[WeekDue]:
    """Closed weeks to compute, oldest first: never computed, content changed, or settled since.

    However old the week is, back to the first partition: a corrected day re-opens it. `con` reads the
    served copy.
    """
    statuses, as_of = read_statuses(con)
    if as_of is None:
        return []
    latest, policy = store.latest_of_all(), read_policy(con)
    due: list[WeekDue] = []
    for week in sorted(statuses):
        status, last = statuses[week], latest.get(week)
        computable = status.is_closed and week >= FIRST_WEEK
        reason = _reason(status, last, policy, as_of, zone) if computable else ""
        if reason:
            key = _run_key(status, last, store)
            due.append(WeekDue(week, status.fingerprint, reason, as_of, key))
    return due


def _reason(status: WeekStatus, last: Revision | None, policy: pd.DataFrame, as_of: datetime, zone: ZoneInfo) -> str:
    """Why the week needs a run, or nothing."""
    state, _ = state_of(status, policy_in_force(policy, status.week_start), as_of, zone)
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
