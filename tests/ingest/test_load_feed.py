"""From landing to the lake: what is loaded, when it lands, what is refused, and that nothing happens twice."""

import gzip
import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from orchestration.ingest import load as load_module
from orchestration.ingest.contracts import FEEDS
from orchestration.ingest.lake import feed_folder
from orchestration.ingest.load import load_feed
from orchestration.ingest.readers import json_reader
from orchestration.ingest.records import ConservationError
from orchestration.ingest.verify import conservation_gaps
from orchestration.partitions import as_of_for_day
from orchestration.settings import Settings
from tests.ingest.landed import EVENTS, LEADS, MONDAY, SPEND, Site, event_line, events_csv, feed_csv, lake_files, stored

TUESDAY = MONDAY + timedelta(days=1)
LAST_WEEK = MONDAY - timedelta(days=7)


def parquet_bytes(table: pa.Table) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def event_rows(count: int) -> list[dict[str, str | None]]:
    return [
        {
            "event_id": f"E{n}",
            "lead_id": f"L{n}",
            "event_at": "2026-03-02T10:00:00Z",
            "event_type": "status",
            "from_value": None,
            "to_value": "Working",
            "actor_id": None,
            "reason": None,
        }
        for n in range(count)
    ]


def test_a_row_leads_back_to_its_file_line_and_landing(site: Site) -> None:
    path = site.deliver(events_csv(event_line(1), event_line(2)))
    report = site.load()
    assert (report.files_loaded, report.lines_read, report.rows_loaded, report.rows_rejected) == (1, 2, 2, 0)
    first, second = site.rows()
    assert (first["_line"], second["_line"]) == (2, 3)
    assert first["_file"] == "crm/lead_events/lead_events_2026-03-02.csv"
    assert first["_file_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    # 06:00 in New York on 3 March is 11:00 UTC.
    assert first["_landed_at"] == stored(2026, 3, 3, 11)
    (folder,) = {file.parent.name for file in feed_folder(site.settings, EVENTS).rglob("*.parquet")}
    assert folder == "landed_on=2026-03-02"


def test_the_manifest_says_what_was_read_and_when_it_happened(site: Site) -> None:
    site.deliver(events_csv(event_line(1), event_line(2), "short,line"))
    site.load()
    (row,) = site.manifest()
    assert (row.feed, row.status, row.format, row.delivery_day) == ("crm.lead_events", "loaded", "csv", MONDAY)
    assert (row.lines_read, row.rows_loaded, row.rows_rejected) == (3, 2, 1)
    assert (row.min_event_at, row.max_event_at) == (stored(2026, 3, 2, 10, 0, 1), stored(2026, 3, 2, 10, 0, 2))
    assert row.recorded_at == stored(2026, 3, 3, 11)


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"])
def test_every_format_gives_the_same_rows(site: Site, suffix: str) -> None:
    rows = event_rows(3)
    content = {
        "csv": feed_csv(EVENTS, rows).encode(),
        "jsonl": "\n".join(json.dumps(row) for row in rows).encode(),
        "parquet": parquet_bytes(pa.Table.from_pylist(rows)),
    }[suffix.removesuffix(".gz")]
    site.deliver(gzip.compress(content) if suffix.endswith(".gz") else content, f"events_2026-03-02.{suffix}")
    assert site.load().rows_loaded == 3
    assert [row["event_id"] for row in site.rows()] == ["E0", "E1", "E2"]
    assert {row["event_at"] for row in site.rows()} == {stored(2026, 3, 2, 10)}
    first_line = 2 if suffix.startswith("csv") else 1
    assert [row["_line"] for row in site.rows()] == [first_line, first_line + 1, first_line + 2]


def test_a_json_line_that_is_no_object_is_rejected_and_blank_ones_are_not_read(site: Site) -> None:
    good = json.dumps(event_rows(1)[0])
    site.deliver("\n".join([good, "", "{broken", "[1]", '{"event_id": "\\u0000"}']) + "\n", "e_2026-03-02.jsonl")
    report = site.load()
    assert (report.lines_read, report.rows_loaded, report.rows_rejected) == (4, 1, 3)
    assert [(row["line"], row["text"]) for row in site.rejects()][:2] == [(3, "{broken"), (4, "[1]")]


def test_an_empty_json_lines_file_is_a_quiet_day(site: Site) -> None:
    site.deliver("", "e_2026-03-02.jsonl")
    assert site.load().refusals == []
    assert [(row.delivery_day, row.lines_read) for row in site.manifest()] == [(MONDAY, 0)]


def test_json_is_read_the_same_in_pieces(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "SLICE_LINES", 2)
    lines = [json.dumps(row) for row in event_rows(5)]
    lines[3] = lines[3][:-1] + ', "extra": "late"}'
    site.deliver("\n".join([*lines[:2], "{bad", *lines[2:]]), "e_2026-03-02.jsonl")
    site.load()
    assert [(row["_line"], row["event_id"], row["extra"]) for row in site.rows()] == [
        (1, "E0", None), (2, "E1", None), (4, "E2", None), (5, "E3", "late"), (6, "E4", None),
    ]  # fmt: skip
    assert [row["line"] for row in site.rejects()] == [3]


def test_json_ids_of_19_digits_stay_whole_and_a_bad_byte_costs_one_line(site: Site) -> None:
    row = json.dumps(event_rows(1)[0]).replace('"L0"', "1234567890123456789")
    site.deliver(row.encode() + b'\n{"event_id": "\xff"}\n', "e_2026-03-02.jsonl")
    report = site.load()
    assert (report.lines_read, report.rows_loaded, report.rows_rejected) == (2, 1, 1)
    assert site.rows()[0]["lead_id"] == "1234567890123456789"


def test_json_may_leave_out_what_is_null_but_not_rename_it(site: Site) -> None:
    sparse = {name: value for name, value in event_rows(1)[0].items() if value is not None}
    site.deliver(json.dumps(sparse), "a_2026-03-02.jsonl")
    site.deliver(json.dumps({**sparse, "ActorId": "U1"}), "b_2026-03-02.jsonl")
    report = site.load()
    assert report.rows_loaded == 1
    assert "column actor_id is missing, and 'ActorId' looks like it" in report.refusals[0]


def test_parquet_types_are_cast_and_float_ids_refused(site: Site) -> None:
    rows = event_rows(2)
    table = pa.Table.from_pylist(rows)
    table = table.set_column(
        2, "event_at", pa.array([datetime(2026, 3, 2, 10, tzinfo=UTC)] * 2, pa.timestamp("ns", "America/New_York"))
    )
    table = table.set_column(1, "lead_id", pa.array([1234567890123456789, 7], pa.int64()))
    site.deliver(parquet_bytes(table), "a_2026-03-02.parquet")
    floats = table.set_column(1, "lead_id", pa.array([1.0, 2.0]))
    site.deliver(parquet_bytes(floats), "b_2026-03-02.parquet")
    report = site.load()
    assert [row["lead_id"] for row in site.rows()] == ["1234567890123456789", "7"]
    assert {row["event_at"] for row in site.rows()} == {stored(2026, 3, 2, 10)}
    assert "lead_id is floating point" in report.refusals[0]


def test_nan_in_parquet_is_null(site: Site) -> None:
    site.feed = LEADS
    stamp = "2026-03-02T10:00:00Z"
    rows = [{column.name: None for column in LEADS.columns} | {"lead_id": "L1", "created_at": stamp}]
    rows[0] |= {"updated_at": stamp, "score": float("nan"), "employees": 12.0}
    site.deliver(parquet_bytes(pa.Table.from_pylist(rows)), "leads_2026-03-02.parquet")
    assert site.load().rows_loaded == 1
    assert (site.rows()[0]["score"], site.rows()[0]["employees"]) == (None, 12)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", b"not gzip"),
        ("a.csv.gz", gzip.compress(b"x" * 999, mtime=0)[:-9]),
        ("a.parquet", b"PAR1 no"),
        ("a.csv", b""),
    ],
)
def test_an_unreadable_file_is_refused_and_named(site: Site, name: str, content: bytes) -> None:
    site.deliver(content, name)
    report = site.load()
    assert report.refusals[0].startswith(f"crm.lead_events: crm/lead_events/{name}: ")
    assert [row.status for row in site.manifest()] == ["refused"]


def test_a_renamed_column_refuses_its_file_while_the_good_files_load(site: Site) -> None:
    site.deliver(events_csv(event_line(1)).replace("to_value", "New Value"), "bad_2026-03-02.csv")
    site.deliver(events_csv(event_line(2)).replace(",lead_id,", ",LeadID,"), "worse_2026-03-02.csv")
    site.deliver(events_csv(event_line(3)), "good_2026-03-02.csv")
    report = site.load()
    assert [row["event_id"] for row in site.rows()] == ["E3"]
    assert len(report.refusals) == 2
    assert report.refusals[1] == (
        "crm.lead_events: crm/lead_events/worse_2026-03-02.csv: column lead_id is missing, "
        "and 'LeadID' looks like it under another name: rename it to lead_id in the export"
    )


def test_a_column_that_a_file_may_lack_is_null_and_is_not_taken_for_another_name(settings: Settings) -> None:
    site = Site(settings, SPEND)
    header = "spend_date,platform,account_id,campaign_id,campaign_name,impressions,clicks,cost,currency"
    site.deliver(f"{header}\n2026-03-02,net,A,C,,,,1.5,EUR\n", "spend_2026-03-02.csv")
    site.deliver(f"{header},AccountTimeZone\n2026-03-02,net,A,C,,,,1.5,EUR,UTC\n", "renamed_2026-03-02.csv")
    report = site.load()
    assert [row["account_time_zone"] for row in site.rows()] == [None]
    [refusal] = report.refusals
    assert "column account_time_zone is missing, and 'AccountTimeZone' looks like it under another name" in refusal


def test_a_missing_column_is_named_with_its_meaning(site: Site) -> None:
    site.deliver(events_csv().replace(",reason", "").replace("event_id,", ""))
    (refusal,) = site.load().refusals
    assert "column event_id (Id of the change) is missing: deliver it with a value on every line" in refusal
    assert "column reason (Reason code given with the change) is missing: deliver it, empty if not known" in refusal


def test_a_refused_file_is_recorded_once_and_loads_when_it_is_mended(site: Site) -> None:
    path = site.deliver(events_csv(event_line(1)).replace("reason", "why"))
    site.load()
    assert len(site.load(TUESDAY).refusals) == 1
    assert len(site.manifest()) == 1
    path.write_text(events_csv(event_line(1)))
    assert site.load(TUESDAY).rows_loaded == 1
    assert [row.status for row in site.manifest()] == ["refused", "loaded"]


def test_an_added_column_loads_as_text_and_warns(site: Site) -> None:
    site.deliver(events_csv(event_line(1)), "a_2026-03-02.csv")
    header, line = events_csv(event_line(2)).splitlines()
    site.deliver(f"{header},Lead Score\n{line},007\n", "b_2026-03-02.csv")
    report = site.load()
    assert [row["Lead Score"] for row in site.rows()] == [None, "007"]
    assert report.warnings == [
        "crm/lead_events/b_2026-03-02.csv: Lead Score not in the contract of crm.lead_events: loaded as text"
    ]
    assert site.manifest()[1].added_columns == "Lead Score"


def test_the_same_content_is_loaded_once_whatever_its_name(site: Site) -> None:
    content = events_csv(event_line(1))
    site.deliver(content, "a_2026-03-02.csv")
    site.deliver(content, "b_2026-03-02.csv")
    assert site.load().duplicates == ["crm/lead_events/b_2026-03-02.csv"]
    before = lake_files(site.settings)
    site.deliver(content, "again_2026-03-03.csv")
    report = site.load(TUESDAY)
    assert (report.files, report.duplicates) == ([], ["crm/lead_events/again_2026-03-03.csv"])
    assert lake_files(site.settings) == before


def test_a_quiet_day_is_recorded_although_its_file_looks_like_yesterdays(site: Site) -> None:
    site.deliver(events_csv(), "e_2026-03-02.csv")
    site.deliver(events_csv(), "e_2026-03-03.csv")
    site.load(MONDAY)
    site.load(TUESDAY)
    site.load(TUESDAY)
    assert [(row.delivery_day, row.lines_read) for row in site.manifest()] == [(MONDAY, 0), (TUESDAY, 0)]


def test_loading_again_changes_nothing(site: Site) -> None:
    site.deliver(events_csv(event_line(1), "bad"))
    site.load()
    before = lake_files(site.settings)
    report = site.load()
    assert (report.files, report.duplicates) == ([], [])
    assert lake_files(site.settings) == before


def test_history_is_not_read_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.deliver(events_csv(event_line(1)), "a_2026-03-02.csv")
    site.load()
    site.deliver(events_csv(event_line(2)), "b_2026-03-03.csv")
    opened: list[str] = []
    read = load_module.read_bytes
    monkeypatch.setattr(load_module, "read_bytes", lambda file: opened.append(file.path.name) or read(file))
    site.load(TUESDAY)
    assert set(opened) == {"b_2026-03-03.csv"}


def test_losing_the_hash_cache_loads_nothing_twice(site: Site) -> None:
    site.deliver(events_csv(event_line(1)))
    site.load()
    for path in (site.settings.raw / ".hashes").iterdir():
        path.unlink()
    assert site.load().files == []


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_seen(site: Site) -> None:
    import os

    path = site.deliver(events_csv(event_line(1)))
    site.load()
    times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_text(events_csv(event_line(2)))
    os.utime(path, ns=times)
    assert site.load().rows_loaded == 1


@pytest.mark.parametrize("name", [".hidden_2026-03-02.csv", "e_2026-03-02.csv.tmp", "e_2026-03-02.csv.part"])
def test_an_unfinished_file_is_left_alone(site: Site, name: str) -> None:
    site.deliver(events_csv(event_line(1)), name)
    assert site.load().files == []


def test_a_file_of_unknown_kind_is_named(site: Site) -> None:
    site.deliver("x", "events.xlsx")
    assert site.load().warnings[0].startswith("crm/lead_events/events.xlsx is ignored: deliver one of csv, ")


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_load(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = site.deliver(events_csv(event_line(1)))
    listed = load_module.list_files(site.settings, EVENTS)
    path.write_text(events_csv(event_line(1), event_line(2)))
    with monkeypatch.context() as patch:
        patch.setattr(load_module, "list_files", lambda *_: listed)
        report = site.load()
    assert (report.files, len(report.unsettled)) == ([], 1)
    assert site.load().rows_loaded == 2


def test_a_delivery_day_comes_from_the_name_else_the_folder_else_the_run(site: Site) -> None:
    for number, name in enumerate(["e_2026-03-02.csv", "2026-03-03/e.csv", "2026-03-03/late_2026-03-02.csv", "e.csv"]):
        site.deliver(events_csv(event_line(number)), name)
    site.load(MONDAY, TUESDAY)
    days = {
        row.file_name.removeprefix("crm/lead_events/"): (row.delivery_day, row.landed_on) for row in site.manifest()
    }
    assert days == {
        "e_2026-03-02.csv": (MONDAY, MONDAY),
        "2026-03-03/e.csv": (TUESDAY, TUESDAY),
        "2026-03-03/late_2026-03-02.csv": (MONDAY, MONDAY),
        "e.csv": (None, TUESDAY),
    }


def test_a_file_for_a_day_to_come_waits(site: Site) -> None:
    site.deliver(events_csv(event_line(1)), "e_2026-03-03.csv")
    assert site.load(MONDAY).files == []
    assert site.load(TUESDAY).rows_loaded == 1


def test_a_backfill_lands_each_day_on_its_own_morning(site: Site) -> None:
    days = [MONDAY + timedelta(days=n) for n in range(7)]
    for number, day in enumerate(days):
        site.deliver(events_csv(event_line(number, day)), f"e_{day}.csv")
    site.load(days[0], days[-1])
    landed = [(row["event_at"].date(), row["_landed_at"]) for row in site.rows()]
    # 8 March 2026 is a daylight-saving day in New York: 06:00 is 10:00 UTC from then on.
    mornings = [stored(2026, 3, day + 1, 11 if day < 7 else 10) for day in range(2, 9)]
    assert landed == list(zip(days, mornings, strict=True))


def test_the_first_load_lands_history_on_its_own_days_and_the_next_one_lands_stragglers_late(site: Site) -> None:
    site.deliver(events_csv(event_line(1, LAST_WEEK)), f"e_{LAST_WEEK}.csv")
    site.deliver(events_csv(event_line(2)), "e_2026-03-02.csv")
    site.load(MONDAY)
    site.deliver(events_csv(event_line(3, LAST_WEEK)), f"straggler_{LAST_WEEK}.csv")
    site.load(TUESDAY)
    assert [row.landed_on for row in site.manifest()] == [LAST_WEEK, MONDAY, TUESDAY]


def test_a_late_file_lands_late_and_time_never_goes_back(site: Site) -> None:
    site.deliver(events_csv(event_line(1)), "e_2026-03-02.csv")
    site.load(MONDAY)
    site.deliver(events_csv(event_line(2, LAST_WEEK)), f"e_{LAST_WEEK}.csv")
    site.load(TUESDAY)
    # The run of an older day, made again later, does not land before what landed already.
    site.deliver(events_csv(event_line(3, LAST_WEEK)), f"more_{LAST_WEEK}.csv")
    site.load(LAST_WEEK)
    landed = [(row.landed_at, row.landed_on) for row in site.manifest()]
    tuesday_run = (stored(2026, 3, 4, 11), TUESDAY)
    assert landed == [(stored(2026, 3, 3, 11), MONDAY), tuesday_run, tuesday_run]


def test_a_run_within_the_day_lands_at_its_own_instant(site: Site) -> None:
    site.deliver(events_csv(event_line(1)))
    load_feed(EVENTS, site.settings, MONDAY, MONDAY, datetime(2026, 3, 2, 15, 30, tzinfo=UTC))
    assert site.manifest()[0].landed_at == stored(2026, 3, 2, 15, 30)
    assert site.manifest()[0].landed_on == MONDAY


def test_an_as_of_without_a_zone_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        load_feed(EVENTS, site.settings, MONDAY, MONDAY, datetime(2026, 3, 2))  # noqa: DTZ001


def test_many_small_files_become_one_parquet_per_landing_day(site: Site) -> None:
    for number in range(20):
        site.deliver(events_csv(event_line(number)), f"part{number:02d}_2026-03-02.csv")
    site.load()
    assert len(list(feed_folder(site.settings, EVENTS).rglob("*.parquet"))) == 1
    assert len(site.rows()) == 20


def test_batches_smaller_than_the_load_give_the_same_rows(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "BATCH_BYTES", 300)
    for number in range(9):
        site.deliver(events_csv(event_line(number), "bad"), f"part{number}_2026-03-02.csv")
    assert site.load().rows_loaded == 9
    assert [row["event_id"] for row in site.rows()] == [f"E{number}" for number in range(9)]
    assert len(site.rejects()) == 9
    assert not conservation_gaps(site.settings, EVENTS, site.manifest())


def test_a_reader_that_loses_a_line_stops_the_load_with_nothing_committed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    read = load_module.read_records
    monkeypatch.setattr(
        load_module, "read_records", lambda *args: replace(read(*args), lines_read=read(*args).lines_read + 1)
    )
    site.deliver(events_csv(event_line(1)))
    with pytest.raises(ConservationError, match="2 lines read, but 1 loaded and 0 rejected"):
        site.load()
    assert lake_files(site.settings) == {}


def test_the_gaps_are_found_when_a_file_of_the_lake_is_gone_or_doubled(site: Site) -> None:
    site.deliver(events_csv(event_line(1), "bad"))
    files = site.load().files
    assert conservation_gaps(site.settings, EVENTS, files) == []
    (stored,) = feed_folder(site.settings, EVENTS).rglob("*.parquet")
    copy = stored.with_name(stored.name.replace("-0", "-1"))
    copy.write_bytes(stored.read_bytes())
    assert len(conservation_gaps(site.settings, EVENTS, files)) == 1
    copy.unlink()
    stored.unlink()
    assert len(conservation_gaps(site.settings, EVENTS, files)) == 1


def test_every_feed_of_the_contract_loads_from_its_own_header(settings: Settings) -> None:
    for feed in FEEDS:
        values = {
            "timestamp": "2026-03-02T10:00:00Z",
            "date": "2026-03-02",
            "int": "1",
            "decimal": "1.5",
            "bool": "yes",
        }
        row = {c.name: (c.allowed or (values.get(c.type, "1"),))[0] for c in feed.columns}
        site = Site(settings, feed)
        site.deliver(feed_csv(feed, [row]), "x_2026-03-02.csv")
        report = site.load()
        assert (report.refusals, report.rows_loaded) == ([], 1), feed.name


line = st.one_of(
    st.integers(0, 99).map(event_line),
    st.sampled_from(['"', "a,b", "", '"x"y,' * 8, "E1,L1,2026-02-30T00:00:00Z,status,,x,,", "\x00", 'E1,"L\n1",']),
    st.text(max_size=30),
)


@given(st.lists(line, max_size=15))
@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_read_are_rows_loaded_and_rejected_whatever_is_delivered(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    site = Site(Settings(home=tmp_path_factory.mktemp("home")))
    site.deliver(events_csv(*lines).encode(errors="surrogatepass"))
    report = site.load()
    if report.refusals:
        assert "retyped" in report.refusals[0]
        return
    assert report.lines_read == len(site.rows()) + len(site.rejects())
    assert conservation_gaps(site.settings, EVENTS, report.files) == []


def test_as_of_decides_the_landing_of_the_last_day_only(site: Site) -> None:
    site.deliver(events_csv(event_line(1)), "e_2026-03-02.csv")
    site.deliver(events_csv(event_line(2)), "e_2026-03-03.csv")
    late = as_of_for_day(TUESDAY, site.settings.zone) + timedelta(hours=3)
    load_feed(EVENTS, site.settings, MONDAY, TUESDAY, late)
    assert [row.landed_at for row in site.manifest()] == [stored(2026, 3, 3, 11), stored(2026, 3, 4, 14)]
    assert date(2026, 3, 3) == site.manifest()[1].landed_on
