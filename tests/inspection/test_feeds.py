"""What landed is looked at before anything is built on it: sound by its contract, once, not from the future."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.feeds import LandedFeed, feed_rules, feed_suite
from expectations.structural import findings
from expectations.suites import run_suites
from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.inspection import inspect_leads
from orchestration.inspection.landed import landed_feeds
from orchestration.settings import Settings
from tests.inspection.leads import AS_OF, at, create_warehouse

SOUND = "('e1', 'status', timestamp '2025-09-01 08:00', 'f', 2, timestamp '2025-09-01 10:00')"
FEED = LandedFeed(
    "crm.lead_events", "db.landed", ("event_id", "event_type"), (("event_type", ("status",)),), "event_at"
)


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        (SOUND.replace(", 2,", ", 3,"), []),
        (SOUND.replace(", 2,", ", 3,").replace("'e1'", "null"), ["required"]),
        (SOUND.replace(", 2,", ", 3,").replace("'status'", "'{odd}'"), ["accepted"]),
        (SOUND, ["once"]),
        (SOUND.replace(", 2,", ", 3,").replace("09-01 08:00", "09-02 10:01"), ["plausible"]),
    ],
)
def test_each_rule_breaks_with_one_bad_row(row: str, broken: list[str]) -> None:
    with duckdb.connect() as con:
        con.execute("attach ':memory:' as db")
        con.execute(
            "create table db.landed (event_id text, event_type text, event_at timestamp, _file_sha256 text, _line int,"
            " _landed_at timestamp)"
        )
        con.execute(f"insert into db.landed values {SOUND}, {row}")
        rules = feed_rules(FEED)
        found = findings(rules, run_suites(con, [feed_suite(rules)]))
    assert [finding.rule.rpartition(".")[2] for finding in found if not finding.holds] == broken
    assert all(finding.warns == (finding.rule.endswith("plausible")) for finding in found)


def land(settings: Settings, folder: str, name: str, **values: Any) -> None:
    feed = FEEDS_BY_NAME["crm.lead_events"]
    row = {"event_id": "e1", "lead_id": "L1", "event_type": "status", "to_value": "New",
           "event_at": at("2025-09-01T08:00"), "_file": "f",
           "_line": 2, "_landed_at": AS_OF.replace(tzinfo=None), "_file_sha256": name, **values}  # fmt: skip
    path = settings.raw / "crm" / "lead_events" / f"landed_on={folder}" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([row], schema=feed.lake_schema), path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    chosen = Settings(home=tmp_path)
    create_warehouse(chosen.warehouse, [{"title": "VP"}])
    return chosen


def test_a_lake_that_breaks_a_feeds_contract_stops_the_record_and_names_the_feed(settings: Settings) -> None:
    land(settings, "2025-08-31", "a", event_id=None)
    report = inspect_leads(settings, AS_OF)
    assert not report.recorded
    assert [finding.rule for finding in report.broken] == ["crm.lead_events.required"]


def test_an_event_from_the_future_is_said_and_stops_nothing(settings: Settings) -> None:
    land(settings, "2025-08-31", "a", event_at=at("2025-10-01T08:00"))
    report = inspect_leads(settings, AS_OF)
    assert report.recorded, report.broken
    assert [finding.rule for finding in report.implausible] == ["crm.lead_events.plausible"]


def test_only_what_landed_since_the_last_inspection_is_looked_at(settings: Settings) -> None:
    land(settings, "2025-08-31", "a")
    assert [feed.name for feed in landed_feeds(settings, AS_OF)] == ["crm.lead_events"]
    assert inspect_leads(settings, AS_OF).recorded
    next_day = AS_OF + timedelta(days=1)
    later = landed_feeds(settings, next_day + timedelta(days=5))
    # The folder of the last day is read again; none of its rows is new.
    with duckdb.connect() as con:
        assert [con.execute(f"select count(*) from {feed.rows}").fetchall() for feed in later] == [[(0,)]]
    land(settings, "2025-09-01", "b", _landed_at=next_day.replace(tzinfo=None), event_id=None)
    assert [finding.rule for finding in inspect_leads(settings, next_day).broken] == ["crm.lead_events.required"]
