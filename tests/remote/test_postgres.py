"""Pulling from a real Postgres server: what has changed arrives once, whatever happened in between."""

import pytest

from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.ingest.remote.postgres import TICK as RESOLUTION
from orchestration.ingest.remote.pull import Days
from tests.ingest.landed import Site
from tests.remote.company import CREATE_EVENTS, EVENTS_TABLE, Company, at, insert_events, morning_after

UUID = "6f2c0f6e-58a4-4a3c-9d3e-2f0f5d1c9a11"


@pytest.fixture
def events(company: Company) -> Company:
    company.sql(CREATE_EVENTS)
    return company


def test_first_pull_brings_history_in_windows_and_each_counts_as_landed_on_its_own_day(events: Company) -> None:
    events.events((1, "01-02 12:00"), (2, "01-03 12:00"), (3, "02-20 12:00"))
    report = events.pull(morning_after("03-04"))
    assert report.rows == 3
    assert len(report.files) == 3
    events.load(morning_after("03-04"))
    assert events.event_ids() == ["1", "2", "3"]
    assert [str(row["_landed_at"].date()) for row in events.rows()] == ["2024-01-09", "2024-01-09", "2024-02-27"]
    assert [(file.rows_loaded, str(file.landed_on)) for file in Site(events.settings).manifest()] == [
        (2, "2024-01-08"),
        (1, "2024-02-26"),
        (0, "2024-03-04"),
    ]


def test_next_pull_brings_only_what_is_new(events: Company) -> None:
    events.events((1, "03-04 12:00"))
    events.pull(morning_after("03-04"))
    events.events((2, "03-05 12:00"))
    assert events.pull(morning_after("03-05")).rows == 1
    events.load(morning_after("03-05"))
    assert events.event_ids() == ["1", "2"]


def test_pulling_again_at_the_same_instant_or_an_earlier_one_changes_nothing(events: Company) -> None:
    events.events((1, "03-04 12:00"))
    events.pull(morning_after("03-04"))
    assert events.pull(morning_after("03-04")).files == []
    assert events.pull(morning_after("03-01")).files == []
    events.events((2, "03-05 12:00"))
    assert events.pull(morning_after("03-05")).rows == 1


def test_rows_with_the_cursor_value_reached_are_not_lost(events: Company) -> None:
    events.declare({**EVENTS_TABLE, "rows_per_file": 2})
    moment = "03-04 12:00"
    events.events((1, moment), (2, moment), (3, moment), (4, "03-04 12:01"))
    assert events.pull(at("03-04 12:01") + RESOLUTION).rows == 4
    events.events((5, "03-04 12:01"), (6, moment))
    assert events.pull(at("03-04 13:00")).rows == 2
    events.load(at("03-04 13:00"))
    assert events.event_ids() == ["1", "2", "3", "4", "5", "6"]


def test_a_transaction_that_commits_after_it_was_passed_is_not_lost(events: Company) -> None:
    events.events((1, "03-04 12:00"))
    with events.connect() as late:
        late.autocommit = False
        insert_events(late, (2, "03-04 11:59"))
        assert events.pull(at("03-04 12:05")).rows == 1
        late.commit()
    assert events.pull(at("03-04 12:10")).rows == 1
    assert events.pull(at("03-04 12:12")).rows == 0
    events.load(at("03-04 12:12"))
    assert events.event_ids() == ["1", "2"]


def test_a_transaction_open_for_longer_than_the_margin_is_found_by_pulling_its_day_again(events: Company) -> None:
    events.declare({**EVENTS_TABLE, "late_margin": "1m"})
    events.events((1, "03-04 12:00"))
    events.pull(at("03-04 13:00"))
    events.events((2, "03-04 12:00"))
    assert events.pull(at("03-04 14:00")).rows == 0
    day = at("03-04 00:00").date()
    assert events.pull(at("03-04 15:00"), Days(day, day)).rows == 2
    events.load(at("03-04 15:00"))
    assert set(events.event_ids()) == {"1", "2"}


def test_a_day_pulled_again_without_change_is_known_by_its_content(events: Company) -> None:
    events.events((1, "03-04 12:00"))
    day = at("03-04 00:00").date()
    events.pull(morning_after("03-04"))
    events.load(morning_after("03-04"))
    events.pull(morning_after("03-05"), Days(day, day))
    assert events.load(morning_after("03-05")).files_loaded == 0
    assert events.event_ids() == ["1"]


def test_rows_without_a_cursor_arrive_once(events: Company) -> None:
    events.events((1, "03-04 12:00"))
    events.sql(
        "insert into lead_events values (7, 'L7', null, 'status', null, 'New')",
        "insert into lead_events values (8, 'L8', 'infinity', 'status', null, 'New')",
    )
    assert events.pull(morning_after("03-04")).rows == 3
    events.sql("insert into lead_events values (9, 'L9', null, 'status', null, 'New')")
    assert events.pull(morning_after("03-05")).rows == 1
    report = events.load(morning_after("03-05"))
    assert (report.lines_read, report.rows_loaded, report.rows_rejected) == (4, 1, 3)
    assert {(row["column_name"], row["reason"]) for row in events.rejects()} == {
        ("event_at", "event_at is empty, but required"),
        ("event_at", "event_at: 'infinity' is not a moment from 1900 to 2199"),
    }


def test_what_is_stamped_later_than_now_waits_and_is_told(events: Company) -> None:
    events.events((1, "03-04 12:00"), (2, "03-09 12:00"))
    assert events.pull(morning_after("03-04")).rows == 1
    assert any("1 rows have a event_at after" in line for line in events.said)
    assert events.pull(morning_after("03-09")).rows == 1


def test_never_reads_beyond_the_servers_own_time(events: Company) -> None:
    events.sql("insert into lead_events values (1, 'L1', now() - interval '1 minute', 'status', null, 'New')")
    far = morning_after("03-04").replace(year=2190)
    assert events.pull(far).rows == 1
    events.sql("insert into lead_events values (2, 'L2', now() - interval '1 second', 'status', null, 'New')")
    assert events.pull(far).rows == 1


def test_a_quiet_table_delivers_a_file_without_rows_once_a_day(events: Company) -> None:
    events.events((1, "03-04 12:00"))
    events.pull(morning_after("03-04"))
    for hour in ("08:00", "09:00"):
        events.pull(at(f"03-06 {hour}"))
    report = events.load(at("03-06 09:00"))
    assert [(file.lines_read, str(file.delivery_day)) for file in report.files] == [
        (1, "2024-03-04"),
        (0, "2024-03-05"),
    ]


def test_a_number_as_cursor_finds_ids_taken_early_and_committed_late(events: Company) -> None:
    events.declare({**EVENTS_TABLE, "cursor": "event_id", "rows_per_file": 2})
    events.events(*((number, "03-04 12:00") for number in (1, 2, 4, 5)))
    report = events.pull(morning_after("03-04"))
    assert (report.rows, len(report.files)) == (4, 2)
    events.events((3, "03-04 12:00"), (6, "03-05 12:00"))
    assert events.pull(morning_after("03-05")).rows == 2
    assert events.pull(morning_after("03-06")).rows == 0
    events.load(morning_after("03-06"))
    assert events.event_ids() == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_a_date_as_cursor_brings_each_day_once_it_is_over(company: Company, zone: str) -> None:
    company.sql(
        "create table spend (spend_date date, platform text, account_id text, campaign_id text, campaign_name text,"
        " impressions int, clicks int, cost numeric, currency text)",
        *(
            f"insert into spend values ('2024-03-{day:02d}', 'google', '1', '{day}', null, 10, 1, 12.5, 'USD')"
            for day in range(1, 6)
        ),
    )
    company.declare(
        {"feed": "ads.ad_spend", "table": "spend", "cursor": "spend_date", "window_days": 1}, time_zone=zone
    )
    spend = FEEDS_BY_NAME["ads.ad_spend"]
    assert company.pull(at("03-05 14:00")).rows == 4
    company.sql("insert into spend values ('2024-03-04', 'meta', '1', '9', null, 10, 1, 12.5, 'USD')")
    assert company.pull(at("03-06 14:00")).rows == 2
    company.load(at("03-06 14:00"), spend)
    assert sorted(row["campaign_id"] for row in company.rows(spend)) == ["1", "2", "3", "4", "5", "9"]


def test_a_table_without_cursor_is_copied_whole_and_lands_only_when_it_changed(events: Company) -> None:
    events.declare({key: value for key, value in EVENTS_TABLE.items() if key != "cursor"})
    events.events((1, "03-04 12:00"))
    assert events.pull(morning_after("03-04")).rows == 1
    assert events.pull(morning_after("03-05")).files == []
    events.events((2, "03-04 12:00"))
    assert events.pull(morning_after("03-06")).rows == 2


def test_a_view_with_other_names_and_local_time_is_read_as_declared(company: Company) -> None:
    company.sql(
        "create table history (id uuid primary key, lead int, changed timestamp, what text, new_value text)",
        f"insert into history values ('{UUID}', 7, '2024-07-01 09:00', 'owner', 'U,\"1\"\n2')",
        'create view "Lead History" as select * from history',
    )
    columns = {"event_id": "id", "lead_id": "lead", "event_at": "changed", "event_type": "what", "from_value": None}
    columns |= {"to_value": "new_value", "actor_id": None, "reason": None}
    company.declare(
        {"feed": "crm.lead_events", "table": "public.Lead History", "cursor": "changed", "columns": columns},
        time_zone="Europe/Berlin",
    )
    assert company.pull(at("07-02 12:00")).rows == 1
    company.load(at("07-02 12:00"))
    (row,) = company.rows()
    assert (row["event_id"], row["to_value"]) == (UUID, 'U,"1"\n2')
    assert str(row["event_at"]) == "2024-07-01 07:00:00"
