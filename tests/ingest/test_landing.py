"""The landing scan: settled files only, nothing twice, nothing missed."""

import gzip
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.ingest.landing import SETTLED_AFTER, LandingScan, scan_landing
from orchestration.settings import Settings
from tests.ingest.landed import SPEND, Site, event_line, events_csv, feed_csv

# Delivered long ago, so that the file system's own clock never makes it a day to come.
FILE = "lead_events_2020-03-02.csv"
NAME = f"crm/lead_events/{FILE}"


def just_after(path: Path) -> datetime:
    """An instant at which the file is too fresh to be settled by age alone."""
    return datetime.fromtimestamp(path.stat().st_ctime, UTC) + timedelta(seconds=1)


def scan_twice(settings: Settings, now: datetime, cursor: str | None = None) -> LandingScan:
    return scan_landing(settings, scan_landing(settings, cursor, now).cursor, now)


def test_a_file_is_new_when_two_scans_saw_it_the_same(site: Site) -> None:
    now = just_after(site.deliver(events_csv(event_line(1)), FILE))
    first = scan_landing(site.settings, None, now)
    assert first.new_files == ()
    assert scan_landing(site.settings, first.cursor, now).new_files == (NAME,)


def test_a_file_that_grows_is_not_settled(site: Site) -> None:
    now = just_after(site.deliver(events_csv(event_line(1)), FILE))
    cursor = scan_landing(site.settings, None, now).cursor
    now = just_after(site.deliver(events_csv(event_line(1), event_line(2)), FILE))
    second = scan_landing(site.settings, cursor, now)
    assert second.new_files == ()
    assert scan_landing(site.settings, second.cursor, now).new_files == (NAME,)


def test_an_untouched_file_is_settled_at_the_first_scan_whatever_time_it_carries(site: Site) -> None:
    path = site.deliver(events_csv(event_line(1)), FILE)
    os.utime(path, (0, 0))
    assert scan_landing(site.settings, None, just_after(path)).new_files == ()
    assert scan_landing(site.settings, None, just_after(path) + SETTLED_AFTER).new_files == (NAME,)


def test_a_file_is_asked_for_once_until_its_content_changes(site: Site) -> None:
    path = site.deliver(events_csv(event_line(1)), FILE)
    later = just_after(path) + timedelta(days=1)
    asked = scan_landing(site.settings, None, later)
    assert asked.new_files == (NAME,)
    again = scan_landing(site.settings, asked.cursor, later)
    assert again.new_files == ()

    os.utime(path)
    touched = scan_twice(site.settings, later, again.cursor)
    assert touched.new_files == ()

    path.write_text(events_csv(event_line(2)))
    assert scan_landing(site.settings, touched.cursor, later).new_files == (NAME,)


def test_a_scan_whose_cursor_was_not_kept_finds_the_files_again(site: Site) -> None:
    now = just_after(site.deliver(events_csv(event_line(1)), FILE)) + SETTLED_AFTER
    lost = scan_landing(site.settings, None, now)
    again = scan_landing(site.settings, None, now)
    assert again.new_files == lost.new_files == (NAME,)
    assert again.run_key == lost.run_key


def test_what_is_loaded_is_not_asked_for_and_leaves_the_cursor(site: Site) -> None:
    now = just_after(site.deliver(events_csv(event_line(1)), FILE)) + SETTLED_AFTER
    asked = scan_landing(site.settings, None, now)
    site.load()
    after = scan_landing(site.settings, asked.cursor, now)
    assert after.new_files == ()
    assert after.cursor == scan_landing(site.settings, None, now).cursor
    assert NAME not in after.cursor


def test_a_refused_file_is_not_asked_for_again_before_it_is_mended(site: Site) -> None:
    path = site.deliver("nonsense\n", FILE)
    now = just_after(path) + SETTLED_AFTER
    asked = scan_landing(site.settings, None, now)
    site.load()
    refused = scan_landing(site.settings, asked.cursor, now)
    assert refused.new_files == ()
    path.write_text(events_csv(event_line(1)))
    assert scan_landing(site.settings, refused.cursor, just_after(path) + SETTLED_AFTER).new_files == (NAME,)


def test_content_that_was_loaded_before_is_not_asked_for_under_another_name(site: Site) -> None:
    site.deliver(events_csv(event_line(1)), FILE)
    site.load()
    path = site.deliver(events_csv(event_line(1)), "copy_2020-03-02.csv")
    assert scan_landing(site.settings, None, just_after(path) + SETTLED_AFTER).new_files == ()


def test_a_file_for_a_day_to_come_waits_for_that_day(site: Site) -> None:
    far = datetime.now(UTC).date() + timedelta(days=30)
    path = site.deliver(events_csv(event_line(1)), f"e_{far}.csv")
    assert scan_landing(site.settings, None, just_after(path) + SETTLED_AFTER).new_files == ()
    assert len(scan_landing(site.settings, None, just_after(path) + timedelta(days=31)).new_files) == 1


@pytest.mark.parametrize("name", [".x.csv", "x.csv.tmp", "x.csv.part", "x.docx"])
def test_unfinished_and_unknown_files_are_not_asked_for(site: Site, name: str) -> None:
    path = site.deliver(events_csv(event_line(1)), name)
    assert scan_landing(site.settings, None, just_after(path) + SETTLED_AFTER).new_files == ()


def test_the_files_of_all_feeds_make_one_request_with_a_key_of_their_content(settings: Settings) -> None:
    Site(settings).deliver(events_csv(event_line(1)), FILE)
    path = Site(settings, SPEND).deliver(gzip.compress(feed_csv(SPEND, []).encode()), "spend_2020-03-02.csv.gz")
    now = just_after(path) + SETTLED_AFTER
    first = scan_landing(settings, None, now)
    assert first.new_files == ("ads/ad_spend/spend_2020-03-02.csv.gz", NAME)
    path.write_bytes(gzip.compress(b"other"))
    now = just_after(path) + SETTLED_AFTER
    assert scan_landing(settings, None, now).run_key != first.run_key


def test_an_empty_landing_has_nothing_new(settings: Settings) -> None:
    assert scan_landing(settings, None, datetime(2026, 3, 3, tzinfo=UTC)).new_files == ()
