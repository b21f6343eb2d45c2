"""The truth's way from a day's end to its readers: each moment counts once, on the clock of the run that reached it."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.ingest.lake import own_folder
from orchestration.run_moments import MODELLED, SERVED, TABLE, RunClock, moments_of, record_moment
from orchestration.serving.freshness import Leg, read_legs
from orchestration.serving.publish import publish
from orchestration.serving.reader import open_served
from orchestration.serving.status import status_text
from orchestration.settings import Settings
from tests.serving.company import empty_marts
from tests.serving.publishing import AS_OF, write_warehouse

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SUNDAY, MONDAY = date(2026, 3, 8), date(2026, 3, 9)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("started", "now", "reached"),
    [
        (AS_OF, AS_OF + MINUTE, AS_OF + MINUTE),
        (AS_OF + 5 * HOUR, AS_OF + 6 * HOUR, AS_OF + 6 * HOUR),
        (AS_OF + 300 * HOUR, AS_OF + 300 * HOUR + MINUTE, AS_OF + MINUTE),
        (AS_OF - HOUR, AS_OF - HOUR + MINUTE, AS_OF + MINUTE),
        (AS_OF, AS_OF - MINUTE, AS_OF),
    ],
    ids=["live", "live and queued", "replay of history", "of a day to come", "the clock was set back"],
)
def test_a_live_run_goes_by_the_machines_clock_and_a_replay_by_its_own(
    started: datetime, now: datetime, reached: datetime
) -> None:
    assert RunClock("r", AS_OF, started).at(now) == reached


def test_the_first_time_a_moment_is_reached_stays(settings: Settings) -> None:
    record_moment(settings, MODELLED, RunClock("one", AS_OF, AS_OF), AS_OF + 3 * MINUTE)
    record_moment(settings, SERVED, RunClock("one", AS_OF, AS_OF), AS_OF + 2 * MINUTE)
    record_moment(settings, MODELLED, RunClock("again", AS_OF, AS_OF + HOUR), AS_OF + HOUR)
    record_moment(settings, MODELLED, RunClock("next", AS_OF + HOUR, AS_OF + HOUR), AS_OF + 2 * HOUR)
    assert moments_of(settings, AS_OF) == {MODELLED: AS_OF + 3 * MINUTE, SERVED: AS_OF + 3 * MINUTE}
    rows = pq.read_table(own_folder(settings, TABLE) / "2026.parquet").to_pylist()
    assert [(row["run_id"], row["moment"]) for row in rows] == [("one", MODELLED), ("one", SERVED), ("next", MODELLED)]


def served_with(settings: Settings, *rows: str, run_id: str = "run-1") -> None:
    """Publish two feeds' days as of Tuesday, modelled five minutes into the run."""
    columns = "(feed, day, cadence, landed_at, lag_hours, state, known_as_of, modelled_at, served_at)"
    week = "INSERT INTO marts.fct_week_status (week_start, iso_week, is_closed, complete_share, incomplete) VALUES "
    write_warehouse(
        settings,
        [
            *empty_marts(["feed_freshness", "fct_week_status"]),
            f"INSERT INTO marts.feed_freshness {columns} VALUES {', '.join(rows)}",
            f"{week} ('2026-03-02', '2026-W10', true, 0.85, 'crm.leads 85 %')",
        ],
    )
    clock = RunClock(run_id, AS_OF, datetime.now(UTC))
    record_moment(settings, MODELLED, clock, clock.started_at + 5 * MINUTE)
    publish(settings, run_id, AS_OF, clock=clock)


IMPORTED = "('crm.leads', '2026-03-01', 'daily', '2026-03-02 11:00', 6, 'in', NULL, NULL, NULL)"
OLDER = (
    "('crm.leads', '2026-03-08', 'daily', '2026-03-09 10:00', 6, 'in', '2026-03-09 10:00', '2026-03-09 11:00',"
    " '2026-03-09 13:00')"
)
NEWEST = "('ads.ad_spend', '2026-03-09', 'daily', '2026-03-10 10:00', 6, 'in', '2026-03-10 10:00', NULL, NULL)"
MISSING = "('web.web_touches', '2026-03-09', 'daily', NULL, NULL, 'missing', NULL, NULL, NULL)"


def test_what_the_newest_run_modelled_and_served_is_told_by_its_copy(settings: Settings) -> None:
    served_with(settings, IMPORTED, OLDER, NEWEST, MISSING)
    with open_served(settings) as con:
        legs = {leg.leg: leg for leg in read_legs(con, MONDAY, MONDAY)}
        whole = {leg.leg: leg for leg in read_legs(con, date(2026, 3, 1), MONDAY)}
        assert read_legs(con, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1)) == ()
    assert list(legs) == ["land", "model", "see", "total"]
    assert legs["land"] == Leg("land", 6, 6, "ads.ad_spend", 6, 1)
    assert legs["model"].p95_hours == pytest.approx(5 / 60)
    assert legs["see"].p95_hours >= 0
    assert legs["total"].p50_hours == pytest.approx(6 + legs["model"].p50_hours + legs["see"].p50_hours)
    assert [leg.days for leg in whole.values()] == [3, 2, 2, 2]
    assert (whole["model"].slowest, whole["see"].slowest_hours) == ("crm.leads", 2)


def test_a_second_publication_of_an_as_of_keeps_the_first_ones_moments(settings: Settings) -> None:
    served_with(settings, NEWEST)
    first = json.loads((settings.served / "current" / "published.json").read_text())["moments"]
    publish(settings, "weekly", AS_OF, clock=RunClock("weekly", AS_OF, datetime.now(UTC) - HOUR))
    assert json.loads((settings.served / "current" / "published.json").read_text())["moments"] == first
    assert set(first) == {MODELLED, SERVED}


def test_status_names_what_is_late_missing_or_not_whole_and_how_long_the_truth_took(settings: Settings) -> None:
    served_with(settings, OLDER.replace("'in'", "'late'"), NEWEST, MISSING)
    with open_served(settings) as con:
        said = " ".join(status_text(con, settings.zone, days=28).split())
    assert "Published as of Tue 10 Mar 2026, 06:00 EDT, modelled Tue 10 Mar 2026, 06:05 EDT" in said
    assert "crm.leads 2026-03-08 1 late" in said
    assert "web.web_touches nothing 1 missing" in said
    assert "2026-W10 closed, 85% in: crm.leads 85 %" in said
    assert "57 min 2 crm.leads, 60 min" in said
