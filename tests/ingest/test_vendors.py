"""Source systems: one list says which are on; a loader's tables are taken as tolerant as a loader's schema is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from orchestration.ingest.contracts import FEEDS_BY_NAME, VENDORS, CustomFieldsError, feeds_on
from orchestration.ingest.lake import delivered_tables, ensure_lake, feed_folder
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.transform import dbt_choices, derivation_hash
from tests.ingest.landed import MONDAY, Site

LEAD = FEEDS_BY_NAME["salesforce.lead"]


def parquet(**columns: list[Any]) -> bytes:
    """A Parquet file with these columns."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def salesforce(settings: Settings) -> Site:
    on = settings.model_copy(update={"vendors": ("salesforce",)})
    ensure_lake(on)
    return Site(on, LEAD)


def test_the_projects_vars_say_which_vendors_are_on_and_the_environment_overrides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ANDON_VENDORS", raising=False)
    assert Settings().vendors == ("flat",)
    monkeypatch.setenv("ANDON_VENDORS", "salesforce, hubspot,salesforce")
    assert Settings().vendors == ("salesforce", "hubspot")


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("VENDORS", "flatt", "ANDON_VENDORS: 'flatt': Input should be 'flat', "),
        ("VENDORS_ENDED", '{"salesforce": "june"}', "ANDON_VENDORS_ENDED, salesforce: 'june': "),
        ("CUSTOM_FIELDS", "{tier", "ANDON_CUSTOM_FIELDS: '{tier': is not JSON "),
        ("TIME_ZONE", "Berlin", "ANDON_TIME_ZONE: 'Berlin': is not a time zone; write it as Europe/Berlin"),
    ],
)
def test_a_setting_that_cannot_be_is_named_without_a_traceback(variable: str, value: str, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; main()", "feeds"],
        cwd=PROJECT_ROOT, env={**os.environ, f"ANDON_{variable}": value}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(text)
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_variable_declares_no_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDON_SOURCES_FILE", "")
    assert Settings().sources_file is None


def test_a_vendor_that_has_ended_is_told_to_the_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANDON_VENDORS_ENDED", '{"salesforce": "2026-06-30"}')
    choices = dbt_choices(Settings(home=tmp_path))
    assert choices["ANDON_VENDORS_ENDED"] == '{"salesforce": "2026-06-30"}'


@pytest.mark.parametrize("names", ["", "salesforce,pipedrive"])
def test_a_vendor_that_does_not_exist_is_an_error_that_names_those_that_do(
    monkeypatch: pytest.MonkeyPatch, names: str
) -> None:
    monkeypatch.setenv("ANDON_VENDORS", names)
    with pytest.raises(ValidationError, match="salesforce"):
        Settings()


def test_custom_fields_of_a_table_that_does_not_exist_are_an_error_that_names_the_nearest(settings: Settings) -> None:
    with pytest.raises(CustomFieldsError, match=r"called salesforce\.leads; salesforce\.lead is the nearest"):
        feeds_on(settings.model_copy(update={"custom_fields": {"salesforce.leads": {"tier": "tier_c"}}}))


def test_a_custom_field_is_found_whatever_its_capitals(settings: Settings) -> None:
    on = settings.model_copy(
        update={"vendors": ("salesforce",), "custom_fields": {"salesforce.lead": {"tier": "Tier__c"}}}
    )
    ensure_lake(on)
    site = Site(on, next(feed for feed in feeds_on(on) if feed.name == LEAD.name))
    site.deliver("Id,Created_Date,Tier__C\n00Q1,2026-03-02 9:00:00,gold\n", "lead.csv")
    assert site.load().refusals == []
    assert [row["tier__c"] for row in site.rows()] == ["gold"]


def test_only_the_feeds_of_vendors_that_are_on_exist(settings: Settings) -> None:
    assert feeds_on(settings) == VENDORS["flat"]
    both = settings.model_copy(update={"vendors": ("flat", "google_ads")})
    assert feeds_on(both) == (*VENDORS["flat"], *VENDORS["google_ads"])


@pytest.mark.parametrize("vendor", [name for name in VENDORS if name != "flat"])
def test_a_vendors_feeds_are_tolerant_and_land_in_its_folder(vendor: str) -> None:
    assert {feed.system for feed in VENDORS[vendor]} == {vendor}  # type: ignore[index]
    assert all(feed.tolerant for feed in VENDORS[vendor])  # type: ignore[index]


def test_columns_that_a_loaders_file_lacks_are_null_and_those_beyond_the_contract_load_without_a_word(
    salesforce: Site,
) -> None:
    salesforce.deliver("id,created_date,status,tier_c\n00Q1,2026-03-02 9:00:00,Open,gold\n", "lead.csv")
    report = salesforce.load()
    assert (report.refusals, report.warnings) == ([], [])
    (row,) = salesforce.rows()
    assert (row["id"], row["status"], row["tier_c"], row["email"], row["is_deleted"]) == (
        "00Q1", "Open", "gold", None, None,
    )  # fmt: skip
    assert (row["created_date"].hour, row["_file"]) == (9, "salesforce/lead/lead.csv")


CAPITALS = {
    "lead.csv": b"ID,Created_Date,EMAIL,Tier_C\n00Q1,2026-03-02 9:00:00,a@x.com,gold\n",
    "lead.jsonl": b'{"ID": "00Q1", "Created_Date": "2026-03-02 9:00:00", "EMAIL": "a@x.com", "Tier_C": "gold"}\n',
    "lead.parquet": parquet(ID=["00Q1"], Created_Date=["2026-03-02 9:00:00"], EMAIL=["a@x.com"], Tier_C=["gold"]),
}


@pytest.mark.parametrize("name", CAPITALS)
def test_a_loaders_names_may_be_in_capitals_as_a_warehouse_exports_them(salesforce: Site, name: str) -> None:
    salesforce.deliver(CAPITALS[name], name)
    assert salesforce.load().refusals == []
    (row,) = salesforce.rows()
    assert (row["id"], row["email"], row["tier_c"]) == ("00Q1", "a@x.com", "gold")


def test_a_column_that_stands_twice_but_for_capitals_refuses_the_file(salesforce: Site) -> None:
    salesforce.deliver("id,created_date,email,Email\n00Q1,2026-03-02 9:00:00,a@x.com,b@x.com\n", "lead.csv")
    (refusal,) = salesforce.load().refusals
    assert "column email stands 2 times: deliver it once" in refusal


def test_an_id_is_whole_and_one_that_a_spreadsheet_shortened_is_rejected(settings: Settings) -> None:
    on = settings.model_copy(update={"vendors": ("hubspot",)})
    site = Site(on, FEEDS_BY_NAME["hubspot.contact"])
    ensure_lake(on)
    site.deliver(
        "id,property_createdate,property_hubspot_owner_id\n"
        "101.0,2026-03-02T09:00:00Z,7.0\n"
        "1234567890123456789,2026-03-02T09:00:00Z,\n"
        "1.23457E+18,2026-03-02T09:00:00Z,8\n",
        "contact.csv",
    )
    site.deliver(b'{"id": 9007199254740993, "property_createdate": "2026-03-02T09:00:00Z"}\n', "contact.jsonl")
    assert site.load().refusals == []
    assert {(row["id"], row["property_hubspot_owner_id"]) for row in site.rows()} == {
        ("101", "7"), ("1234567890123456789", None), ("9007199254740993", None),
    }  # fmt: skip
    (reject,) = site.rejects()
    assert (reject["line"], reject["column_name"]) == (4, "id")
    assert reject["reason"] == "id: '1.23457E+18' is not an id with all its digits"
    assert reject["remedy"] == "a spreadsheet shortened it: export it as text"


def test_a_loaders_parquet_file_keeps_nested_values_as_json(settings: Settings) -> None:
    on = settings.model_copy(update={"vendors": ("ga4",)})
    site = Site(on, FEEDS_BY_NAME["ga4.events"])
    params = [[{"key": "page_location", "value": {"string_value": "https://a.example/?q=1"}}]]
    events = {"event_timestamp": [1], "event_name": ["page_view"], "event_params": params}
    site.deliver(parquet(**events), f"events_{MONDAY}.parquet")
    assert site.load().refusals == []
    (row,) = site.rows()
    assert json.loads(row["event_params"]) == params[0]


def test_a_column_that_the_model_cannot_do_without_is_asked_for_by_name(salesforce: Site) -> None:
    salesforce.deliver("id,status\n00Q1,Open\n", "lead.csv")
    (refusal,) = salesforce.load().refusals
    assert "column created_date (Lead created) is missing" in refusal


def test_a_custom_field_is_a_column_of_the_lake_whether_or_not_it_was_delivered(settings: Settings) -> None:
    on = settings.model_copy(
        update={"vendors": ("salesforce",), "custom_fields": {"salesforce.lead": {"tier": "tier_c"}}}
    )
    ensure_lake(on)
    (empty,) = feed_folder(on, LEAD).glob("*/empty.parquet")
    assert pq.read_schema(empty).field("tier_c").type == pa.string()


def test_switching_a_vendor_on_or_its_table_coming_for_the_first_time_rederives_history(settings: Settings) -> None:
    with_crm = settings.model_copy(update={"vendors": ("flat", "salesforce")})
    mapped = with_crm.model_copy(update={"custom_fields": {"salesforce.lead": {"tier": "tier_c"}}})
    assert len({derivation_hash(each) for each in (settings, with_crm, mapped)}) == 3
    before = derivation_hash(with_crm)
    assert delivered_tables(with_crm) == []
    site = Site(with_crm, LEAD)
    site.deliver("id,created_date\n00Q1,2026-03-02\n", "lead.csv")
    site.load()
    assert delivered_tables(with_crm) == ["salesforce.lead"]
    assert derivation_hash(with_crm) != before


def test_the_folder_of_a_vendor_that_is_off_is_not_looked_at(settings: Settings, tmp_path: Path) -> None:
    ensure_lake(settings)
    assert not (settings.raw / "salesforce").exists()
