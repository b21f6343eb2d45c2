"""Revisions are added beside each other, never changed, by any number of processes, killed at any moment."""

import multiprocessing
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.control.cells import align
from orchestration.control.drivers import weekly_drivers
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.revisions import RevisionStore
from orchestration.control.schemas import DRIVERS, TABLES, VARIANCE
from orchestration.control.week_state import JudgedWeek
from orchestration.settings import Settings
from tests.control import known_answers as known

WEEK = date(2026, 3, 2)
AS_OF = datetime.fromisoformat("2026-03-10T11:00:00")


def rows(fingerprint="f1", state="provisional", synd_leads=625, week=WEEK):
    actual = known.MARKETING_ACTUAL | {"synd": [55000, synd_leads, 150, 60, 27, 6]}
    plan = known.marketing_frame(known.MARKETING_PLAN, str(week), plan_version="v1")
    cells = align(known.marketing_frame(actual, str(week)), plan, [week])
    judged = [JudgedWeek(week, fingerprint, state, "")]
    return {VARIANCE: weekly_variance(cells, judged, AS_OF), DRIVERS: weekly_drivers(cells, judged, AS_OF)}


def contents(settings):
    found = sorted((settings.raw / "andon").rglob("*.parquet"))
    return {path.relative_to(settings.raw).as_posix(): path.read_bytes() for path in found}


def test_a_revision_is_one_file_per_table_with_the_contracts_columns(settings, store):
    saved = store.save(WEEK, rows())
    assert saved.created
    assert set(contents(settings)) == {f"andon/{table}/week=2026-03-02/revision=001.parquet" for table in TABLES}
    for table, schema in TABLES.items():
        path = settings.raw / "andon" / table / "week=2026-03-02" / "revision=001.parquet"
        assert pq.read_schema(path).equals(schema)
    assert set(store.read(saved.revision)["revision_reason"]) == {"first revision"}
    assert set(store.read(saved.revision, DRIVERS)["revision"]) == {1}


def test_the_same_content_makes_no_new_revision(settings, store):
    first = store.save(WEEK, rows())
    before = contents(settings)
    again = store.save(WEEK, rows())
    assert not again.created
    assert again.revision == first.revision
    assert contents(settings) == before


def test_changed_content_is_added_beside_the_old_with_its_reason(settings, store):
    store.save(WEEK, rows())
    before = contents(settings)
    second = store.save(WEEK, rows("f2", synd_leads=630), note="re-opened").revision
    assert second.number == 2
    assert second.reason == "data: leads +5 (synd/enterprise +5); re-opened"
    assert set(store.read(second)["revision_reason"]) == {second.reason}
    after = contents(settings)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(TABLES)


def test_going_back_to_older_content_is_a_revision_too(store):
    for fingerprint in ("f1", "f2", "f1"):
        store.save(WEEK, rows(fingerprint))
    assert store.latest(WEEK).number == 3
    assert store.has_seen(WEEK, "f2")
    assert not store.has_seen(WEEK, "f3")


def test_becoming_final_is_a_revision_and_becoming_provisional_again_is_not(store):
    store.save(WEEK, rows())
    assert store.save(WEEK, rows(state="final")).revision.reason == "state provisional to final"
    assert not store.save(WEEK, rows(state="provisional")).created


def test_latest_is_by_number_and_per_week(store):
    later = date(2026, 3, 9)
    store.save(later, rows("g1", week=later))
    for fingerprint in ("f1", "f2"):
        store.save(WEEK, rows(fingerprint))
    assert {week: r.number for week, r in store.latest_of_all().items()} == {WEEK: 2, later: 1}
    assert store.latest_of_all([later]).keys() == {later}


def test_no_revision_of_a_week_that_was_never_saved(store):
    assert store.latest(WEEK) is None
    assert store.latest_of_all() == {}


def test_rows_of_another_week_are_refused(store):
    with pytest.raises(ValueError, match="rows of that week"):
        store.save(date(2026, 3, 9), rows())


def test_a_week_without_drivers_has_an_empty_file_of_the_right_type(store):
    saved = store.save(WEEK, {VARIANCE: rows()[VARIANCE]})
    assert store.read(saved.revision, DRIVERS).empty


def test_a_table_that_no_revision_has_is_refused(store):
    with pytest.raises(ValueError, match=r"weekly_moods.*schemas.TABLES"):
        store.save(WEEK, rows() | {"weekly_moods": rows()[DRIVERS]})


def test_a_revision_from_before_a_column_or_a_table_reads_them_as_not_known(settings, store):
    saved = store.save(WEEK, rows()).revision
    path = settings.raw / "andon" / VARIANCE / "week=2026-03-02" / "revision=001.parquet"
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["variance_pct"]), path)
    (settings.raw / "andon" / DRIVERS / "week=2026-03-02" / "revision=001.parquet").unlink()
    assert store.read(saved)["variance_pct"].isna().all()
    assert store.read(saved, DRIVERS).empty
    assert set(TABLES[DRIVERS].names) == set(store.read(saved, DRIVERS).columns)


def _save(home, fingerprint, leads):
    RevisionStore(Settings(home=home)).save(WEEK, rows(fingerprint, synd_leads=leads))


def test_two_processes_at_once_lose_nothing_and_overwrite_nothing(settings, store):
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=_save, args=(settings.home, f"f{i}", 600 + i)) for i in range(4)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0] * 4
    assert store.latest(WEEK).number == 4
    assert all(store.has_seen(WEEK, f"f{i}") for i in range(4))


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.control import revisions
from orchestration.settings import Settings
from tests.control.test_revisions import WEEK, rows

write = revisions.write_parquet

def write_then_die(path, table):
    if {before}:
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, table)
    if "{log}/" in str(path):
        os.kill(os.getpid(), signal.SIGKILL)

revisions.write_parquet = write_then_die
revisions.RevisionStore(Settings(home=Path(sys.argv[1]))).save(WEEK, rows())
"""


@pytest.mark.parametrize(
    ("before", "log"),
    [(True, "none"), (False, "weekly_variance_drivers"), (False, "weekly_variance")],
    ids=["before anything", "between the two files", "after both"],
)
def test_killed_at_any_point_and_run_again_the_files_are_the_same(tmp_path, before, log):
    killed, clean = Settings(home=tmp_path / "killed"), Settings(home=tmp_path / "clean")
    code = KILLED.format(before=before, log=log)
    process = subprocess.run([sys.executable, "-c", code, str(killed.home)], cwd=Path.cwd())
    assert process.returncode == -signal.SIGKILL
    for settings in (killed, clean):
        RevisionStore(settings).save(WEEK, rows())
    assert contents(killed) == contents(clean)


def test_a_saver_that_died_holding_the_lock_does_not_block_the_next(settings, store):
    code = (
        "import sys, time; from pathlib import Path; from orchestration.settings import Settings;"
        "from orchestration.control.revisions import RevisionStore\n"
        "with RevisionStore(Settings(home=Path(sys.argv[1])))._locked():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(settings.home)], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.wait()
    started = time.monotonic()
    assert store.save(WEEK, rows()).created
    assert time.monotonic() - started < 10
