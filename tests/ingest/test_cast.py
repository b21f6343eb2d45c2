"""How each type is read, and when a value becomes a reject or a column refuses its file."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from orchestration.ingest import columns as c
from orchestration.ingest.columns import Column, Feed
from orchestration.ingest.contracts import FEEDS_BY_NAME
from tests.ingest.landed import EVENT_HEADER, MONDAY, Site, event_line, events_csv, feed_csv, stored

SOUND = 3


def one_column(column: Column) -> Feed:
    return Feed("test", "one", "", (c.required(c.text("id", "")), column), ("id",), None, "daily")


def read_value(site: Site, column: Column, value: str) -> tuple[Any, list[str]]:
    """The value as it reached the lake (None if it did not), and the reasons of the rejects."""
    feed = one_column(column)
    site.feed = feed
    quoted = '"' + value.replace('"', '""') + '"'
    site.deliver(f"id,{column.name}\nX,{quoted}\nY,\n")
    report = site.load()
    assert not report.refusals
    found = [row[column.name] for row in site.rows() if row["id"] == "X"]
    return (found[0] if found else None), [row["reason"] for row in site.rejects()]


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (c.text("v", ""), "00012345678901234567", "00012345678901234567"),
        (c.text("v", ""), "NULL", "NULL"),
        (c.text("v", ""), " padded ", " padded "),
        (c.text("v", ""), "", None),
        (c.integer("v", ""), " 42 ", 42),
        (c.integer("v", ""), "-7", -7),
        (c.integer("v", ""), "250.0", 250),
        (c.integer("v", ""), "9223372036854775807", 9223372036854775807),
        (c.decimal("v", "", ""), "12.5", Decimal("12.5000")),
        (c.decimal("v", "", ""), "12.00005", Decimal("12.0001")),
        (c.decimal("v", "", ""), "1e3", Decimal("1000.0000")),
        (c.decimal("v", "", ""), "99999999999999.9999", Decimal("99999999999999.9999")),
        (c.double("v", "", ""), ".5", 0.5),
        (c.boolean("v", ""), "YES", True),
        (c.boolean("v", ""), "f", False),
        (c.boolean("v", ""), "0", False),
        (c.day("v", ""), "2024-02-29", date(2024, 2, 29)),
        (c.day("v", ""), "2026-03-02T00:00:00", date(2026, 3, 2)),
        (c.instant("v", ""), "2026-03-02T10:00:00Z", stored(2026, 3, 2, 10)),
        (c.instant("v", ""), "2026-03-02T10:00:00+02:00", stored(2026, 3, 2, 8)),
        (c.instant("v", ""), "2026-03-02 10:00:00-0530", stored(2026, 3, 2, 15, 30)),
        (c.instant("v", ""), "2026-03-02T10:00:00.123456", stored(2026, 3, 2, 10, 0, 0, 123456)),
        (c.instant("v", ""), "2026-03-02", stored(2026, 3, 2)),
    ],
)
def test_a_sound_value_is_read_as_the_contract_says(site: Site, column: Column, text: str, value: object) -> None:
    assert read_value(site, column, text) == (value, [])


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (c.integer("v", ""), "1.7"),
        (c.integer("v", ""), "1_000"),
        (c.integer("v", ""), "0x10"),
        (c.integer("v", ""), "9223372036854775808"),
        (c.decimal("v", "", ""), "$12.50"),
        (c.decimal("v", "", ""), "1,234.50"),
        (c.decimal("v", "", ""), "100000000000000"),
        (c.double("v", "", ""), "nan"),
        (c.double("v", "", ""), "1e400"),
        (c.boolean("v", ""), "maybe"),
        (c.day("v", ""), "2026-02-30"),
        (c.day("v", ""), "02/03/2026"),
        (c.day("v", ""), "2026-03-02T10:00:00"),
        (c.day("v", ""), "0001-01-01"),
        (c.day("v", ""), "infinity"),
        (c.instant("v", ""), "2026-02-30T10:00:00Z"),
        (c.instant("v", ""), "2026-03-02T25:00:00Z"),
        (c.instant("v", ""), "epoch"),
        (c.instant("v", ""), "1767225600"),
        (c.instant("v", ""), "9999-12-31T00:00:00Z"),
    ],
)
def test_a_value_that_does_not_fit_is_rejected_and_never_bent(site: Site, column: Column, text: str) -> None:
    value, reasons = read_value(site, column, text)
    assert value is None
    assert len(reasons) == 1
    assert reasons[0].startswith(f"v: {text!r} is not ")


def test_a_reject_names_every_fault_of_its_line_and_keeps_the_line(site: Site) -> None:
    bad = "E2,,2026-02-30T10:00:00Z,vote,New,Working,U1,"
    site.deliver(events_csv(event_line(1), bad, event_line(3)))
    site.load()
    (reject,) = site.rejects()
    assert (reject["line"], reject["column_name"], reject["text"]) == (3, "lead_id", bad)
    assert reject["reason"].startswith("lead_id is empty, but required; event_at: '2026-02-30T10:00:00Z' is not ")
    assert reject["reason"].endswith("event_type: 'vote' is not one of status, owner")
    assert "ISO 8601" in reject["remedy"]
    assert [row["_line"] for row in site.rows()] == [2, 4]


def test_a_required_text_of_spaces_only_is_empty(site: Site) -> None:
    site.deliver(events_csv(event_line(1), event_line(2).replace("L2", "  ")))
    site.load()
    assert [row["reason"] for row in site.rejects()] == ["lead_id is empty, but required"]


def test_a_column_of_which_next_to_nothing_can_be_read_refuses_the_file(site: Site) -> None:
    lines = [event_line(n).replace(f"{MONDAY}T10", "03/02/2026 10") for n in range(40)]
    site.deliver(events_csv(event_line(50), *lines))
    (refusal,) = site.load().refusals
    assert refusal.startswith("crm.lead_events: crm/lead_events/lead_events_2026-03-02.csv: column event_at is retyped")
    assert "deliver ISO 8601" in refusal
    assert not site.rows()
    assert not site.rejects()


def test_a_single_bad_value_is_a_reject_not_a_refusal(site: Site) -> None:
    site.deliver(events_csv(event_line(1).replace("T10", " morning ")))
    report = site.load()
    assert not report.refusals
    assert report.rows_rejected == 1


def test_a_sparse_column_with_two_bad_values_among_many_lines_does_not_refuse_the_file(site: Site) -> None:
    site.feed = FEEDS_BY_NAME["crm.activities"]
    sound = {"activity_type": "call", "occurred_at": "2026-03-02T10:00:00Z"}
    rows = [{"activity_id": n, **sound, "minutes": "n/a" if n < 2 else ""} for n in range(50)]
    site.deliver(feed_csv(site.feed, rows), "activities_2026-03-02.csv")
    report = site.load()
    assert (report.refusals, report.rows_loaded, report.rows_rejected) == ([], 48, 2)


def test_half_of_the_values_bad_is_still_line_by_line(site: Site) -> None:
    lines = [event_line(n) if n % 2 else event_line(n).replace("T10", "T99") for n in range(20)]
    site.deliver(events_csv(*lines))
    report = site.load()
    assert (report.rows_loaded, report.rows_rejected) == (10, 10)


def test_header_and_types_of_the_lake_are_the_contract_and_the_trace(site: Site) -> None:
    site.deliver(events_csv(event_line(1)))
    site.load()
    (row,) = site.rows()
    assert list(row) == [*EVENT_HEADER.split(","), "_file", "_line", "_landed_at", "_file_sha256"]
    assert row["event_at"] == stored(2026, 3, 2, 10, 0, 1)
    assert row["reason"] is None
