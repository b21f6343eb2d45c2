"""The usual loader's own test files (Salesforce, HubSpot, Google, LinkedIn and Meta Ads) through the whole line.

The data is test input from outside the repository (`../shared/data/fivetran`, or `ANDON_CONNECTOR_SEEDS_DIR`); it is
read, never copied in. What must come out is counted from the files themselves, or was read off them by hand.
"""

import csv
import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.commands.sources import sources
from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.runner import run_job
from orchestration.serving.reader import open_served
from orchestration.settings import PROJECT_ROOT, Settings
from tests.ingest.landed import stored

pytestmark = pytest.mark.e2e

DAY = date(2026, 3, 2)
FILES = {
    "salesforce": ("dbt_salesforce", "sf_"),
    "hubspot": ("dbt_hubspot", ""),
    "google_ads": ("dbt_google_ads", ""),
    "linkedin_ads": ("dbt_linkedin", "linkedin_"),
    "meta_ads": ("dbt_facebook_ads", "facebook_ads_"),
}


def seeds_folder() -> Path:
    return Path(os.environ.get("ANDON_CONNECTOR_SEEDS_DIR", PROJECT_ROOT.parent / "shared" / "data" / "fivetran"))


def records(vendor: str, table: str) -> list[dict[str, str]]:
    """A seed's rows as the file has them."""
    package, prefix = FILES[vendor]
    with (seeds_folder() / package / "seeds" / f"{prefix}{table}_data.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class World:
    """The published marts, the warehouse, and how many records each delivered feed's file has."""

    marts: duckdb.DuckDBPyConnection
    settings: Settings
    delivered: dict[str, int]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.marts.execute(query).fetchall()

    def modelled(self, query: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    if not seeds_folder().exists():
        pytest.skip(
            f"the connectors' seed files are not at {seeds_folder()}; set ANDON_CONNECTOR_SEEDS_DIR to their folder"
        )
    settings = Settings(home=tmp_path_factory.mktemp("seeds"), vendors=tuple(FILES))  # pyright: ignore[reportArgumentType]
    delivered: dict[str, int] = {}
    for vendor, (package, prefix) in FILES.items():
        for file in sorted((seeds_folder() / package / "seeds").glob(f"{prefix}*_data.csv")):
            table = file.name.removeprefix(prefix).removesuffix("_data.csv")
            if f"{vendor}.{table}" in FEEDS_BY_NAME:
                target = settings.landing / vendor / table
                target.mkdir(parents=True)
                shutil.copy(file, target)
                delivered[f"{vendor}.{table}"] = len(records(vendor, table))
    run_job(settings, "daily", DAY, DAY)
    with open_served(settings) as marts:
        yield World(marts, settings, delivered)


def test_every_record_of_every_file_is_loaded(world: World) -> None:
    assert len(world.delivered) == 47
    assert dict(world.rows("select feed, rows_loaded from marts.load_manifest where system <> 'plan'")) == (
        world.delivered
    )
    assert world.rows("select count(*) from marts.rejected_rows") == [(0,)]


def test_spend_is_what_the_platforms_files_add_up_to(world: World) -> None:
    google = sum(Decimal(row["cost_micros"]) for row in records("google_ads", "campaign_stats")) / 1_000_000
    linkedin = sum(
        Decimal(row["cost_in_local_currency"] or 0) for row in records("linkedin_ads", "ad_analytics_by_campaign")
    )
    meta = sum(Decimal(row["spend"]) for row in records("meta_ads", "basic_ad"))
    found = world.modelled(
        "select platform, sum(cost) from intermediate.int_ad_spend group by platform order by platform"
    )
    assert found == [("google_ads", google), ("linkedin", linkedin), ("meta_ads", meta)]


def test_claimed_conversions_are_what_the_platforms_files_add_up_to(world: World) -> None:
    google = sum(Decimal(row["conversions"]) for row in records("google_ads", "campaign_stats"))
    linkedin = sum(
        Decimal(row["external_website_conversions"] or 0) + Decimal(row["one_click_leads"] or 0)
        for row in records("linkedin_ads", "ad_analytics_by_campaign")
    )
    # Each ad and day of the file has one kind of action, a lead by one of its names.
    meta = sum(Decimal(row["value"]) for row in records("meta_ads", "basic_ad_actions"))
    assert meta == 22
    found = world.modelled(
        "select platform, sum(platform_conversions) from intermediate.int_ad_spend group by platform order by platform"
    )
    assert found == [("google_ads", google), ("linkedin", linkedin), ("meta_ads", meta)]


def test_the_limits_say_what_was_not_delivered_of_the_vendors_that_are_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDON_HOME", str(world.settings.home))
    monkeypatch.setenv("ANDON_VENDORS", ",".join(FILES))
    said = CliRunner().invoke(sources, ["limits"]).output
    assert "\nNot delivered\n" in said
    assert "  meta_ads basic_campaign: Spend is added up from the ads' report.\n" in said
    assert "meta_ads basic_ad_actions" not in said


def test_single_days_of_spend_read_off_the_files(world: World) -> None:
    query = "select cast(cost as varchar), clicks, currency from intermediate.int_ad_spend where "
    assert world.modelled(query + "campaign_id = '9935249409' and spend_date = '2021-02-01'") == [
        ("36.1500", 49, "USD")
    ]
    assert world.modelled(query + "campaign_id = '148633856' and spend_date = '2020-03-28'") == [("50.2000", 51, "USD")]


def test_the_salesforce_lead_was_converted(world: World) -> None:
    assert world.modelled(
        "select lead_id, contact_id, account_id, email, status, created_at from intermediate.int_lead_records"
        " where system = 'salesforce'"
    ) == [
        ("salesforce:00Q1G00000nDnM5UAK", "salesforce:0031G00001QtDPlQAN", "salesforce:0011G00000tLWKnQAO",
         "h@gmail.com", "Converted", stored(2019, 11, 11, 17, 23, 34)),
    ]  # fmt: skip


def test_each_salesforce_event_was_booked_and_held_and_each_task_done(world: World) -> None:
    found = world.modelled(
        "select activity_type, count(*), count(contact_id), count(lead_id) from intermediate.int_activities"
        " where system = 'salesforce' and not is_void group by activity_type order by activity_type"
    )
    assert found == [("meeting_booked", 10, 10, 0), ("meeting_held", 10, 10, 0), ("task", 10, 9, 1)]


def test_hubspot_contacts_are_leads_and_their_merges_are_followed(world: World) -> None:
    merged = {row["vid_to_merge"] for row in records("hubspot", "contact_merge_audit")}
    assert len(merged) == 4
    [(leads, survivors)] = world.modelled(
        "select count(*), count(distinct lead_id) from intermediate.int_lead_identity"
        " where source_lead_id like 'hubspot:%'"
    )
    # 22 contacts, of which one kept lists three others of them; the four of the audit and their survivors never came.
    assert (leads, survivors) == (22 + 4, 22 + 4 - 3)
    kept = "hubspot:78971951"
    assert world.modelled(
        f"select source_lead_id from intermediate.int_lead_identity where lead_id = '{kept}' order by 1"
    ) == [("hubspot:46897301",), ("hubspot:76226001",), ("hubspot:76340251",), (kept,)]


def test_hubspot_meetings_without_an_outcome_are_booked_and_nothing_more(world: World) -> None:
    assert world.modelled(
        "select activity_type, is_void, count(*) from intermediate.int_activities"
        " where system = 'hubspot' and activity_type like 'meeting%' group by all order by all"
    ) == [("meeting_booked", False, 100), ("meeting_held", True, 100)]
    assert world.rows(
        "select consequence from marts.vendor_gaps where column_name = 'property_hs_meeting_outcome'"
    ) == [("No meeting is known to have been held or missed.",)]


def test_deals_and_opportunities_are_all_there(world: World) -> None:
    assert world.modelled(
        "select system, count(*), count(*) filter (where is_deleted) from intermediate.int_opportunities"
        " group by system order by system"
    ) == [("hubspot", 44, 0), ("salesforce", 10, 10)]


def test_the_tables_that_the_files_lack_are_named(world: World) -> None:
    missing = world.rows("select vendor, table_name from marts.vendor_gaps where missing = 'table' order by all")
    assert missing == [
        ("meta_ads", "basic_campaign"),
        ("salesforce", "campaign_member"),
        ("salesforce", "lead_history"),
    ]
