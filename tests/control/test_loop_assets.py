"""From the logs in the lake to the states that the marts publish, and back into the next revision."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow.parquet as pq

from orchestration.control.decisions import decide_on_shift, decision_log
from orchestration.control.loop_assets import (
    current_shifts,
    has_unpublished_word,
    note_published,
    write_shift_states,
)
from orchestration.control.loop_schemas import BUDGET_SHIFT_SCHEMA, WEEKLY_SHIFTS
from orchestration.control.revisions import Revision, RevisionStore
from orchestration.control.schemas import VARIANCE
from orchestration.control.shift_states import is_zero_sum
from orchestration.control.shift_week import PlaybookWeek, shifts_of_week
from orchestration.ingest.lake import own_folder
from orchestration.settings import Settings
from tests.control.shift_world import NO_HISTORY, WEEK, evidence, rule, sources, teams
from tests.control.test_revisions import rows

MONDAY = datetime(2026, 3, 9, 11, tzinfo=UTC)
NAIVE = MONDAY.replace(tzinfo=None)


def decided(ratio: float = 0.7) -> pd.DataFrame:
    facts = sources("events", "search", "synd", acquisitions=[20.0, 20.5, 6.0])
    week = PlaybookWeek(WEEK, [rule()], evidence({"synd": ratio, "search": 1.0, "events": 1.0}), facts, teams())
    return shifts_of_week(week, date(2026, 3, 9), NAIVE, NO_HISTORY)


def save(store: RevisionStore, shifts: pd.DataFrame, fingerprint: str, as_of: datetime = NAIVE) -> None:
    tables = rows(fingerprint)
    stamped = {name: frame.assign(as_of=as_of) for name, frame in tables.items()}
    store.save(WEEK, stamped | {WEEKLY_SHIFTS: shifts.assign(as_of=as_of)})


def test_the_states_are_written_as_the_mart_reads_them(settings: Settings, store: RevisionStore):
    save(store, decided(), "f1")
    states = write_shift_states(settings, MONDAY)
    file = own_folder(settings, "budget_shifts") / "current.parquet"
    assert pq.read_schema(file).remove_metadata().equals(BUDGET_SHIFT_SCHEMA)
    assert pq.read_table(file).num_rows == len(states) == 2
    assert set(states["state"]) == {"approved"}


def test_only_the_newest_revision_counts_and_only_those_known_by_the_instant(settings: Settings, store: RevisionStore):
    save(store, decided(), "f1")
    later = NAIVE + timedelta(hours=5)
    save(store, decided(ratio=1.0), "f2", as_of=later)
    assert len(current_shifts(settings, MONDAY)) == 2
    assert current_shifts(settings, MONDAY + timedelta(hours=6)).empty


def test_rows_read_back_can_be_the_next_revisions_rows(settings: Settings, store: RevisionStore):
    save(store, decided(), "f1")
    kept = store.latest_rows(WEEKLY_SHIFTS, NAIVE).drop(columns="revision")
    save(store, kept, "f2")
    first, second = (store.read(r, WEEKLY_SHIFTS) for r in revisions(store))
    pd.testing.assert_frame_equal(first.drop(columns="revision"), second.drop(columns="revision"))


def revisions(store: RevisionStore) -> list[Revision]:
    latest = store.latest(WEEK)
    assert latest is not None
    return [Revision(WEEK, number, "", "", "") for number in (1, latest.number)]


def test_a_decision_waits_until_it_is_published_whatever_died_in_between(settings: Settings, store: RevisionStore):
    save(store, decided(), "f1")
    assert not has_unpublished_word(settings)
    at = MONDAY + timedelta(hours=2)
    shifts = current_shifts(settings, at)
    name = shifts["shift_id"].iloc[0]
    decide_on_shift(decision_log(settings), shifts, name, "hold", "sales_lead", "x", at, settings.zone)
    assert has_unpublished_word(settings)
    states = write_shift_states(settings, at)
    assert set(states["state"]) == {"held"}
    assert has_unpublished_word(settings), "made, but not published"
    note_published(settings)
    assert not has_unpublished_word(settings)


def test_a_cent_that_leaves_and_arrives_nowhere_is_seen(settings: Settings, store: RevisionStore):
    save(store, decided(), "f1")
    states = write_shift_states(settings, MONDAY)
    assert is_zero_sum(states)
    assert not is_zero_sum(states.assign(to_source=[None, *states["to_source"][1:]]))


def test_variance_is_stored_with_the_shifts_or_not_at_all(store: RevisionStore):
    save(store, decided(), "f1")
    assert not store.latest_rows(VARIANCE, NAIVE).empty
    assert len(store.all_rows(WEEKLY_SHIFTS, ["week_start", "revision", "verdict"], NAIVE)) == 2
