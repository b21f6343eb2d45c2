"""A load is all or nothing: killed anywhere and run again, the lake is the same, and no row is ever seen twice."""

import json
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.ingest import commit
from orchestration.ingest.commit import exclusive_load
from orchestration.ingest.manifest import ManifestRow
from orchestration.settings import PROJECT_ROOT, Settings
from tests.ingest.landed import EVENTS, MONDAY, Site, event_line, events_csv, lake_files

TUESDAY = MONDAY + timedelta(days=1)


def test_a_load_killed_at_any_step_and_run_again_gives_the_same_lake(tmp_path: Path) -> None:
    template = Site(Settings(home=tmp_path / "template"))
    template.deliver(events_csv(event_line(1), event_line(2)), "a_2026-03-02.csv")
    template.load(MONDAY)
    template.deliver(events_csv(event_line(3), "bad"), "b_2026-03-02.csv")
    template.deliver(events_csv(event_line(4), event_line(5)), "c_2026-03-03.csv")
    template.deliver("nonsense\n", "d_2026-03-03.csv")

    command = [sys.executable, "-m", "tests.ingest.killed", str(tmp_path / "template"), str(tmp_path / "work")]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    clean, *kills = [json.loads(line) for line in done.stdout.splitlines()]

    assert len(kills) > 12
    assert kills[-1]["killed"] == 0
    before = [["E1", "crm/lead_events/a_2026-03-02.csv", 2], ["E2", "crm/lead_events/a_2026-03-02.csv", 3]]
    after = sorted(event for event, *_ in kills[-1]["seen"]["rows"])
    assert after == ["E1", "E2", "E3", "E4", "E5"]
    for kill in kills:
        rows = kill["seen"]["rows"]
        assert kill["digest"] == clean["digest"], kill["killed"]
        assert kill["seen"]["uncommitted"] == []
        assert len({tuple(row) for row in rows}) == len(rows)
        assert [row for row in rows if row in before] == before
    assert any(kill["seen"]["rows"] == before for kill in kills)


def test_rows_are_not_shown_before_the_manifest_has_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.deliver(events_csv(event_line(1)))

    def fail(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(commit.manifest, "append", fail)
    with pytest.raises(OSError, match="disk full"):
        site.load()
    assert lake_files(site.settings) == {}


def test_a_committed_load_that_was_not_shown_is_shown_by_the_next_run(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.deliver(events_csv(event_line(1), "bad"))
    with monkeypatch.context() as patch:
        patch.setattr(commit.Transaction, "publish", lambda self: None)
        site.load()
    assert site.rows() == []
    report = site.load(TUESDAY)
    assert report.files == []
    assert (len(site.rows()), len(site.rejects())) == (1, 1)


def test_two_loads_of_one_feed_do_not_run_at_once(site: Site) -> None:
    order: list[str] = []

    def second() -> None:
        with exclusive_load(site.settings, EVENTS) as known:
            order.append(f"second knows {len(known.contents)}")

    with exclusive_load(site.settings, EVENTS):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.2)
        assert thread.is_alive()
        order.append("first done")
    thread.join(timeout=5)
    assert order == ["first done", "second knows 0"]


def test_concurrent_loads_of_one_feed_lose_no_manifest_row(site: Site) -> None:
    for number in range(4):
        site.deliver(events_csv(event_line(number)), f"e{number}_2026-03-0{2 + number}.csv")
    days = [MONDAY + timedelta(days=number) for number in range(4)]
    threads = [threading.Thread(target=site.load, args=(day,)) for day in days]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    manifest: list[ManifestRow] = site.manifest()
    assert sorted(row.file_name[-6:] for row in manifest) == [f"0{2 + n}.csv" for n in range(4)]
    assert len(site.rows()) == 4
