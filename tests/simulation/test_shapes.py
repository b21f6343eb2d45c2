"""The same company in each vendor's shape: same people, same events, same money, under that vendor's names."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from orchestration.settings import Settings
from orchestration.simulation import Scenario, SimulationError, simulate
from tests.simulation.conftest import FAULT, FIRST, Simulated, contents
from tests.simulation.delivered import day_of, read, read_file

Company = Callable[..., Simulated]

CONNECTOR_COLUMNS = pd.read_csv(Path(__file__).parent / "data" / "connector_columns.csv", index_col=["system", "table"])
"""The columns that a public package of the usual loader tests itself with (Fivetran's dbt packages, Apache-2.0)."""

MORE_COLUMNS = {
    "salesforce": {"created_date", "last_modified_date", "system_modstamp"},
    "hubspot": {"is_active", "_fivetran_deleted"},
    "meta_ads": {"currency", "timezone_name"},
}
"""What the vendors' own documentation has beyond them: audit fields, an owner's state, an ad account's units."""
CUSTOM = {"salesforce": ("", "_c"), "hubspot": ("property_", "")}
"""How a custom field, or any property at all, is called."""


@pytest.fixture(scope="module", params=["salesforce", "hubspot"])
def vendor(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def flat(company: Company) -> Path:
    return company(Scenario.CALM)[0]


@pytest.fixture(scope="module")
def salesforce(company: Company) -> Path:
    return company(Scenario.CALM, "salesforce")[0]


@pytest.fixture(scope="module")
def hubspot(company: Company) -> Path:
    return company(Scenario.CALM, "hubspot")[0]


def digits(ids: pd.Series) -> pd.Series:
    """A flat id's cohort (four digits) and its number, which connectors write with eight."""
    plain = ids.str.replace(r"[^0-9]", "", regex=True)
    return plain.str[:4] + plain.str[4:].str.zfill(8)


def salesforce_ids(prefix: str, ids: pd.Series) -> pd.Series:
    """A flat id as Salesforce has it: after its object's prefix, before the case-safe suffix (one capital, third)."""
    return prefix + digits(ids) + "EAA"


def latest(landing: Path, feed: str, key: str, newest: str) -> pd.DataFrame:
    """The newest delivered state of each record."""
    return read(landing, feed).sort_values(newest, kind="stable").drop_duplicates(key, keep="last").set_index(key)


def test_every_column_is_called_as_the_connector_calls_it(company: Company, vendor: str) -> None:
    landing = company(Scenario.CALM, vendor)[0]
    tables = [table for system in landing.iterdir() if system.is_dir() for table in system.iterdir()]
    checked = 0
    for table in tables:
        key = (table.parent.name, table.name)
        if key not in CONNECTOR_COLUMNS.index:
            continue
        known = set(CONNECTOR_COLUMNS.loc[key, "columns"].split()) | {"_fivetran_synced"}
        before, after = CUSTOM.get(key[0], ("never", "never"))
        delivered = set(read_file(next(iter(table.rglob("*_full.*")))).columns)
        named = {name for name in delivered - known if not (name.startswith(before) and name.endswith(after))}
        assert named <= MORE_COLUMNS.get(key[0], set()), key
        checked += 1
    assert checked > 15


def test_the_same_leads_under_other_ids(flat: Path, salesforce: Path, hubspot: Path) -> None:
    leads = latest(flat, "crm.leads", "lead_id", "updated_at")
    in_salesforce = latest(salesforce, "salesforce.lead", "id", "system_modstamp")
    in_hubspot = latest(hubspot, "hubspot.contact", "id", "property_lastmodifieddate")
    ids = pd.Series(leads.index)
    salesforce_rows = in_salesforce.reindex(salesforce_ids("00Q", ids))
    hubspot_rows = in_hubspot.reindex(digits(ids))
    assert len(leads) == len(in_salesforce) == len(in_hubspot) > 1000
    for ours, theirs in (("email", "email"), ("status", "status"), ("title", "title"), ("phone", "phone")):
        pd.testing.assert_series_equal(
            leads[ours], salesforce_rows[theirs], check_names=False, check_index=False, obj=theirs
        )
    for ours, theirs in (("status", "property_hs_lead_status"), ("score", "property_hubspotscore")):
        pd.testing.assert_series_equal(
            leads[ours], hubspot_rows[theirs], check_names=False, check_index=False, obj=theirs
        )
    merged = leads["merged_into_lead_id"].notna().to_numpy()
    assert merged.any()
    assert (salesforce_rows["master_record_id"].notna().to_numpy() == merged).all()
    assert (salesforce_rows["is_deleted"].eq("true").to_numpy() == (merged | leads["is_deleted"].eq("true"))).all()
    audit = read(hubspot, "hubspot.contact_merge_audit")
    assert set(audit["vid_to_merge"]) == set(digits(ids[merged]))


def test_hubspot_never_has_two_contacts_with_one_address(flat: Path, hubspot: Path) -> None:
    contacts = latest(hubspot, "hubspot.contact", "id", "property_lastmodifieddate")["property_email"].dropna()
    assert contacts.is_unique
    assert contacts.str.islower().all()
    untagged = contacts.str.replace(r"\+[0-9]+@", "@", regex=True)
    addresses = latest(flat, "crm.leads", "lead_id", "updated_at")["email"].dropna().str.lower()
    assert sorted(untagged) == sorted(addresses)


def test_a_salesforce_id_has_18_characters_and_its_objects_prefix(salesforce: Path) -> None:
    for table, prefix in (("lead", "00Q"), ("contact", "003"), ("account", "001"), ("opportunity", "006"),
                          ("task", "00T"), ("event", "00U"), ("user", "005")):  # fmt: skip
        ids = read(salesforce, f"salesforce.{table}")["id"]
        assert ids.str.fullmatch(prefix + r"[0-9]{12}[A-Z0-9]{3}").all()
    # A published pair of a 15-character id and its 18-character form with one capital, at the third place.
    assert read(salesforce, "salesforce.lead")["id"].str.endswith("EAA").all()


def test_every_change_of_status_and_owner_is_in_the_histories(flat: Path, salesforce: Path, hubspot: Path) -> None:
    events = read(flat, "crm.lead_events")
    history = read(salesforce, "salesforce.lead_history")
    changes = history[history["field"] != "Rejection_Reason__c"]
    assert len(changes) == len(events)
    status = events[events["event_type"] == "status"]
    expected = sorted(
        zip(salesforce_ids("00Q", status["lead_id"]), status["event_at"].str[:19], status["to_value"], strict=True)
    )
    found = changes[changes["field"] == "Status"]
    stamped = found["created_date"].str.replace(" ", "T")
    assert sorted(zip(found["lead_id"], stamped, found["new_value"], strict=True)) == expected
    reasons = history[history["field"] == "Rejection_Reason__c"]
    assert sorted(reasons["new_value"]) == sorted(events["reason"].dropna())

    properties = read(hubspot, "hubspot.contact_property_history")
    statuses = properties[(properties["name"] == "hs_lead_status") & (properties["source"] == "CRM_UI")]
    stamped = statuses["timestamp"].str.replace(" ", "T")
    expected = sorted(zip(digits(status["lead_id"]), status["event_at"].str[:19], status["to_value"], strict=True))
    assert sorted(zip(statuses["contact_id"], stamped, statuses["value"], strict=True)) == expected


def test_calls_and_e_mails_are_tasks_and_meetings_are_events(flat: Path, salesforce: Path, hubspot: Path) -> None:
    kinds = read(flat, "crm.activities")["activity_type"].value_counts()
    tasks = read(salesforce, "salesforce.task")
    assert tasks["task_subtype"].value_counts()["Call"] == kinds["call"]
    assert tasks["task_subtype"].value_counts()["Email"] == kinds["email"]
    meetings = latest(salesforce, "salesforce.event", "id", "system_modstamp")
    assert len(meetings) == kinds["meeting_booked"]
    over = (meetings["no_show_c"] == "false") & (meetings["is_deleted"] == "false")
    over &= meetings["start_date_time"] < meetings["file_day"].max().strftime("%Y-%m-%d")
    assert abs(int(over.sum()) - kinds["meeting_held"]) <= 5
    assert (meetings["no_show_c"] == "true").sum() == kinds["meeting_no_show"]

    outcomes = latest(hubspot, "hubspot.engagement_meeting", "engagement_id", "property_hs_lastmodifieddate")
    counted = outcomes["meeting_outcome"].value_counts()
    assert counted["COMPLETED"] == kinds["meeting_held"]
    assert counted["NO_SHOW"] == kinds["meeting_no_show"]
    assert counted["CANCELED"] > 0
    assert len(read(hubspot, "hubspot.engagement_call")) == kinds["call"]


def test_what_is_done_after_the_conversion_is_done_with_the_contact(salesforce: Path) -> None:
    leads = latest(salesforce, "salesforce.lead", "id", "system_modstamp")
    converted = leads[leads["is_converted"] == "true"]
    assert len(converted) > 20
    assert converted["converted_contact_id"].isin(read(salesforce, "salesforce.contact")["id"]).all()
    assert converted["converted_opportunity_id"].isin(read(salesforce, "salesforce.opportunity")["id"]).all()
    tasks = read(salesforce, "salesforce.task")
    with_contact = tasks["who_id"].str.startswith("003")
    assert with_contact.any()
    assert (with_contact == tasks["what_id"].notna()).all()


def test_a_history_has_one_open_version_and_no_gap(salesforce: Path, hubspot: Path) -> None:
    for landing, feed, key in (
        (salesforce, "salesforce.opportunity_history", "id"),
        (hubspot, "hubspot.deal_stage", "deal_id"),
    ):
        rows = read(landing, feed).drop_duplicates([key, "_fivetran_start"], keep="last")
        rows = rows.sort_values([key, "_fivetran_start"])
        active = rows[rows["_fivetran_active"] == "true"]
        assert active[key].is_unique
        assert set(active[key]) == set(rows[key])
        following = rows.groupby(key)["_fivetran_start"].shift(-1)
        closed = following.notna()
        assert (rows["_fivetran_end"][closed] == following[closed]).all()


def test_the_platforms_exports_hold_the_same_money_to_the_cent_and_the_same_conversions(
    flat: Path, company: Company, vendor: str
) -> None:
    landing = company(Scenario.CALM, vendor)[0]
    keys = ["platform", "campaign_id", "spend_date", "file_day"]
    numbers = {"cost": float, "clicks": int, "platform_conversions": int}
    ours = read(flat, "ads.ad_spend").astype(numbers)
    ours = (ours.set_index(keys)[[*numbers]].groupby(level=keys).sum() * [100, 1, 1]).round().astype(int)
    assert ours["platform_conversions"].gt(0).any()

    google = read(landing, "google_ads.campaign_stats").astype({"cost_micros": int, "clicks": int, "conversions": int})
    google = google.assign(cost=google["cost_micros"] / 1e4, platform="google_ads")
    google = google.rename(columns={"id": "campaign_id", "date": "spend_date", "conversions": "platform_conversions"})
    linkedin = read(landing, "linkedin_ads.ad_analytics_by_campaign")
    linkedin = linkedin.astype({"cost_in_local_currency": float, "clicks": int})
    linkedin = linkedin.assign(
        cost=linkedin["cost_in_local_currency"] * 100, platform="linkedin", spend_date=linkedin["day"].str[:10]
    )
    linkedin["platform_conversions"] = (
        linkedin[["external_website_conversions", "one_click_leads"]].astype(int).sum(axis=1)
    )
    actions = read(landing, "meta_ads.basic_ad_actions").astype({"value": int})
    actions = actions[actions["action_type"] == "lead"].rename(columns={"value": "platform_conversions"})
    meta = read(landing, "meta_ads.basic_ad").astype({"spend": float, "inline_link_clicks": int})
    meta = meta.merge(actions[["ad_id", "date", "file_day", "platform_conversions"]], how="left", validate="1:1")
    meta = meta.assign(
        cost=meta["spend"] * 100,
        clicks=meta["inline_link_clicks"],
        platform="meta_ads",
        campaign_id=meta["ad_id"].str[:-2],
        spend_date=meta["date"],
    )
    other = read(landing, "ads.ad_spend").astype(numbers)
    other = other.assign(cost=other["cost"] * 100)
    columns = [*keys, *numbers]
    theirs = pd.concat([frame[columns] for frame in (google, linkedin, meta, other)])
    theirs = theirs.groupby(keys).sum().round().astype(int)
    pd.testing.assert_frame_equal(ours.sort_index(), theirs.sort_index())
    assert google["device"].nunique() == 2


def test_a_tracker_sends_a_touch_once_and_says_who_came_by_the_crms_id(
    flat: Path, salesforce: Path, hubspot: Path
) -> None:
    touches = read(flat, "web.web_touches").sort_values("file_day").drop_duplicates("touch_id")
    forms = touches["touch_type"] == "form_fill"
    pages, tracks = read(salesforce, "segment.pages"), read(salesforce, "segment.tracks")
    assert set(pages["id"].str[2:]) == set(touches["touch_id"][~forms])
    assert set(tracks["id"].str[2:]) == set(touches["touch_id"][forms])
    known = pages.dropna(subset="user_id")
    expected = touches.set_index("touch_id")["lead_id"].dropna()
    assert len(known) > 100
    assert (
        known["user_id"].to_numpy() == salesforce_ids("00Q", expected.reindex(known["id"].str[2:])).to_numpy()
    ).all()
    tagged = pages.dropna(subset="context_campaign_id")
    campaigns = touches.set_index("touch_id")["campaign_id"].reindex(tagged["id"].str[2:])
    assert (tagged["context_campaign_id"].to_numpy() == campaigns.to_numpy()).all()
    assert pages["url"].str.contains("?gclid=", regex=False).any()

    events = read(hubspot, "ga4.events")
    assert events["event_name"].value_counts()["session_start"] == (~forms).sum()
    assert not events.duplicated(["user_pseudo_id", "event_timestamp", "event_name"]).any()
    # The forms are HubSpot's: the tracker only learns who came.
    assert set(events["event_name"]) == {"session_start", "login"}
    submitted = read(hubspot, "hubspot.contact_form_submission")
    assert len(submitted) == forms.sum() == (events["event_name"] == "login").sum()
    assert set(submitted["contact_id"]) == set(digits(touches["lead_id"][forms]))
    parameters = events["event_params"].map(
        lambda listed: {each["key"]: each["value"]["string_value"] for each in listed}
    )
    assert (parameters.map(lambda named: named.get("lead_id")).dropna() == events["user_id"].dropna()).all()


def test_the_report_names_the_systems_to_switch_on(company: Company) -> None:
    report = company(Scenario.CALM, "hubspot")[1]
    assert report.vendors == ("hubspot", "google_ads", "linkedin_ads", "meta_ads", "flat", "ga4")
    assert report.custom_fields["hubspot.company"] == {"segment": "property_segment"}
    assert company(Scenario.CALM)[1].vendors == ("flat",)


def test_a_company_that_changes_its_crm_begins_the_new_one_with_a_full_extract(tmp_path: Path, flat: Path) -> None:
    settings, change = Settings(home=tmp_path), FIRST + timedelta(days=9)

    def deliver(first: date, last: date, vendor: str | None) -> dict[str, str]:
        simulate(settings, first, last, seed=11, scenario="calm", scale=0.2, history_weeks=6, vendor=vendor)
        return contents(settings.landing)

    before = deliver(FIRST, change - timedelta(days=1), "hubspot")
    after = deliver(change, change + timedelta(days=4), "salesforce")
    goes_on = deliver(change + timedelta(days=5), change + timedelta(days=5), None)
    assert before.items() < after.items() < goes_on.items()
    assert {day_of(Path(name)) for name in before if "hubspot/contact/" in name}.isdisjoint(
        day_of(Path(name)) for name in after.keys() - before.keys() if "ads/" in name
    )
    assert not any(name.startswith("hubspot/") for name in goes_on.keys() - before.keys())
    new = [name for name in after.keys() - before.keys() if name.endswith("_full.csv")]
    assert f"salesforce/lead/lead_{change - timedelta(days=1)}_full.csv" in new
    assert all(name.startswith(("salesforce/", "segment/")) for name in new)

    leads = read(settings.landing, "salesforce.lead")
    everyone = read(flat, "crm.leads")
    everyone = everyone[everyone["file_day"] <= pd.Timestamp(change + timedelta(days=5))]
    assert set(leads["id"]) == set(salesforce_ids("00Q", everyone["lead_id"]))
    with pytest.raises(SimulationError, match="a change of systems must be later"):
        deliver(FIRST, FIRST, "flat")


def test_a_late_crm_is_late_in_any_shape(company: Company, vendor: str) -> None:
    calm, late = (contents(company(story, vendor)[0]) for story in (Scenario.CALM, Scenario.CRM_FEED_LATE))
    table = {"salesforce": "lead", "hubspot": "contact"}[vendor]
    name = f"{vendor}/{table}/{table}_{{}}.csv"
    assert name.format(FAULT) not in late
    assert late[name.format(f"{FAULT + timedelta(days=3)}_for_{FAULT}")] == calm[name.format(FAULT)]
    others = {name for name in calm if not name.startswith(f"{vendor}/")}
    assert {name: late[name] for name in others} == {name: calm[name] for name in others}


def test_files_are_spoiled_in_any_shape(company: Company, vendor: str) -> None:
    calm, spoiled = (contents(company(story, vendor)[0]) for story in (Scenario.CALM, Scenario.DIRTY_FILES))
    different = {name for name in calm if spoiled[name] != calm[name]}
    assert len(different) == 6
    assert len(spoiled.keys() - calm.keys()) == 1
    assert all(name.startswith(f"{vendor}/") for name in different)
