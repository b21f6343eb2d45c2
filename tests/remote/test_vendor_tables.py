"""What the APIs of Salesforce and HubSpot give fills the loaders' tables, so that one set of models reads both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.contracts import FEEDS_BY_NAME
from tests.remote.api_company import ApiCompany
from tests.remote.api_server import serving
from tests.remote.company import morning_after, stored_at
from tests.remote.hubspot_server import PRIVATE_TOKEN, Portal
from tests.remote.salesforce_server import CLIENT_ID, CLIENT_SECRET, Organisation

AS_OF = morning_after("03-04")
START = "2024-03-01"
LEAD = {
    "Id": "00Q000000000001AAA", "CreatedDate": "2024-03-02T10:00:00.000+0000", "IsDeleted": False,
    "SystemModstamp": "2024-03-03T10:00:00.000+0000", "LastModifiedDate": "2024-03-03T10:00:00.000+0000",
    "FirstName": "Ada", "LastName": "L", "Email": "ada@example.com", "OwnerId": "005000000000001AAA",
    "Status": "Working", "Company": "ACME", "NumberOfEmployees": 120, "IsConverted": True,
    "ConvertedDate": "2024-03-03", "ConvertedOpportunityId": "006000000000001AAA", "MasterRecordId": None,
    "HasOptedOutOfEmail": False, "UTM_Source__c": "google", "Region__c": "EMEA",
}  # fmt: skip
CONTACT = {
    "createdate": "2024-03-02T10:00:00.500Z", "lastmodifieddate": "2024-03-03T10:00:00Z", "email": "ada@example.com",
    "firstname": "Ada", "lifecyclestage": "lead", "hs_lead_status": "", "hubspot_owner_id": "77",
    "hubspotscore": "12.5", "hs_calculated_merged_vids": "55:1709460000000", "region": "EMEA",
}  # fmt: skip
DEAL = {
    "createdate": "2024-03-02T10:00:00Z", "hs_lastmodifieddate": "2024-03-03T10:00:00Z", "pipeline": "default",
    "dealstage": "won", "hubspot_owner_id": "77", "amount": "12345678901234.56", "hs_merged_object_ids": "8;9",
}  # fmt: skip
MEETING = {
    "hs_createdate": "2024-03-02T10:00:00Z", "hs_lastmodifieddate": "2024-03-03T10:00:00Z",
    "hs_timestamp": "2024-03-03T09:00:00Z", "hs_meeting_outcome": "COMPLETED",
    "hs_meeting_start_time": "2024-03-03T09:00:00Z", "hs_meeting_end_time": "2024-03-03T09:30:00Z",
    "hubspot_owner_id": "77",
}  # fmt: skip
STAGES = [
    {"id": "won", "label": "Won", "metadata": {"isClosed": "true", "probability": "1.0"}},
    {"id": "lost", "label": "Lost", "metadata": {"isClosed": "true", "probability": "0.0"}},
    {"id": "new", "label": "New", "metadata": {"isClosed": "false", "probability": "0.2"}},
]


@pytest.fixture
def sales(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiCompany]:
    monkeypatch.setenv("SF_ID", CLIENT_ID)
    monkeypatch.setenv("SF_SECRET", CLIENT_SECRET)
    deleted = {**LEAD, "Id": "00Q000000000002AAA", "IsDeleted": True, "MasterRecordId": LEAD["Id"]}
    organisation = Organisation({"Lead": [LEAD, deleted]})
    with serving(organisation.server):
        company = ApiCompany(tmp_path / "home")
        company.source = {
            "kind": "salesforce", "name": "sales", "login_url": organisation.server.url, "client_id_env": "SF_ID",
            "client_secret_env": "SF_SECRET",
        }  # fmt: skip
        yield company


@pytest.fixture
def marketing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiCompany]:
    monkeypatch.setenv("HS_TOKEN", PRIVATE_TOKEN)
    change = {"timestamp": "2024-03-02T10:00:00Z", "sourceType": "CRM_UI", "sourceId": "userId:77"}
    portal = Portal(
        objects={
            "contacts": [{"id": "9007199254740993", "properties": CONTACT}],
            "deals": [{"id": "7", "properties": DEAL}],
            "meetings": [{"id": "31", "properties": MEETING}],
        },
        history={
            "9007199254740993": {"lifecyclestage": [{**change, "value": "subscriber"}, {**change, "value": "lead"}]},
            "7": {"dealstage": [{**change, "value": "won"}]},
        },
        associations={("deals", "contacts"): {"7": [9007199254740993, 10]}, ("meetings", "contacts"): {"31": [10]}},
        archived={
            "contacts": [
                {"id": number, "archived": True, "archivedAt": f"{month}-03T10:00:00Z", "properties": CONTACT}
                for number, month in (("61", "2024-02"), ("62", "2024-03"), ("63", "2024-03"))
            ]
        },
        lists={
            "/crm/v3/owners/": [
                {"id": "77", "firstName": "Sam", "updatedAt": "2024-01-01T00:00:00Z", "type": "PERSON",
                 "teams": [{"id": "1", "name": "SDR", "primary": True}]},
                {"id": "78", "firstName": "Kim", "updatedAt": "2024-01-02T00:00:00Z", "archived": True},
            ],
            "/crm/v3/pipelines/deals": [{"id": "default", "label": "Sales", "stages": STAGES}],
        },
    )  # fmt: skip
    with serving(portal.server):
        company = ApiCompany(tmp_path / "home")
        company.source = {
            "kind": "hubspot", "name": "marketing", "base_url": portal.server.url, "token_env": "HS_TOKEN"
        }  # fmt: skip
        yield company


def rows(company: ApiCompany, feed: str, **table: Any) -> list[dict[str, Any]]:
    """A table of the loaders once it was pulled and loaded, without nulls and trace."""
    company.declare({"feed": feed, "start": START, **table})
    company.pull(AS_OF)
    report = company.load(AS_OF, FEEDS_BY_NAME[feed])
    assert (report.refusals, report.rows_rejected) == ([], 0)
    kept = company.rows(FEEDS_BY_NAME[feed])
    return [
        {name: value for name, value in row.items() if value is not None and name not in TRACE} for row in kept
    ]  # fmt: skip


TRACE = ("_file", "_line", "_landed_at", "_file_sha256")


def test_salesforce_leads_deleted_and_merged_ones_included(sales: ApiCompany) -> None:
    first, second = rows(sales, "salesforce.lead", extra=["Region__c"])
    assert first == {
        "id": "00Q000000000001AAA", "created_date": stored_at("03-02 10:00"),
        "system_modstamp": stored_at("03-03 10:00"),
        "last_modified_date": stored_at("03-03 10:00"), "is_deleted": False, "first_name": "Ada", "last_name": "L",
        "email": "ada@example.com", "owner_id": "005000000000001AAA", "status": "Working", "company": "ACME",
        "number_of_employees": 120, "is_converted": True, "converted_date": stored_at("03-03 00:00"),
        "converted_opportunity_id": "006000000000001AAA", "has_opted_out_of_email": False, "utm_source_c": "google",
        "region_c": "EMEA", "_fivetran_synced": stored_at("03-03 10:00"),
    }  # fmt: skip
    assert (second["is_deleted"], second["master_record_id"]) == (True, LEAD["Id"])
    assert any("has no field for phone" in line for line in sales.said)


def test_hubspot_contacts_with_those_archived_in_the_window(marketing: ApiCompany) -> None:
    found = rows(marketing, "hubspot.contact", extra=["region"])
    assert {row["id"]: row.get("_fivetran_deleted", False) for row in found} == {
        "9007199254740993": False, "62": True, "63": True,
    }  # fmt: skip
    assert found[0] == {
        "id": "9007199254740993", "property_createdate": stored_at("03-02 10:00:00.500"),
        "property_lastmodifieddate": stored_at("03-03 10:00"), "property_email": "ada@example.com",
        "property_firstname": "Ada", "property_lifecyclestage": "lead", "property_hubspot_owner_id": "77",
        "property_hubspotscore": 12.5, "property_hs_calculated_merged_vids": "55:1709460000000",
        "property_region": "EMEA", "_fivetran_synced": stored_at("03-03 10:00"),
    }  # fmt: skip


SYNCED = {"_fivetran_synced": stored_at("03-03 10:00")}
MOVED = {"source": "CRM_UI", "source_id": "userId:77", **SYNCED}


@pytest.mark.parametrize(
    ("feed", "more", "expected"),
    [
        ("contact_property_history", {}, [
            {"contact_id": "9007199254740993", "name": "lifecyclestage", "value": value,
             "timestamp": stored_at("03-02 10:00"), **MOVED}
            for value in ("subscriber", "lead")
        ]),
        ("contact_merge_audit", {}, [
            {"canonical_vid": "9007199254740993", "contact_id": "9007199254740993", "vid_to_merge": "55",
             "timestamp": stored_at("03-03 10:00"), **SYNCED}
        ]),
        ("deal_stage", {}, [{"deal_id": "7", "value": "won", "date_entered": stored_at("03-02 10:00"), **MOVED}]),
        ("merged_deal", {}, [{"deal_id": "7", "merged_deal_id": each, **SYNCED} for each in ("8", "9")]),
        ("deal_contact", {}, [
            {"deal_id": "7", "contact_id": each, "type_id": "3", **SYNCED} for each in ("9007199254740993", "10")
        ]),
        ("engagement", {"object": "meetings"}, [{"id": "31", "type": "MEETING", **SYNCED}]),
        ("engagement_contact", {"object": "meetings"}, [
            {"engagement_id": "31", "contact_id": "10", "type_id": "3", **SYNCED}
        ]),
        ("owner", {}, [
            {"owner_id": "77", "first_name": "Sam", "type": "PERSON", "is_active": True,
             "updated_at": stored_at("01-01 00:00")},
            {"owner_id": "78", "first_name": "Kim", "is_active": False, "updated_at": stored_at("01-02 00:00")},
        ]),
        ("owner_team", {}, [{"owner_id": "77", "team_id": "1", "is_team_primary": True}]),
        ("team", {}, [{"id": "1", "name": "SDR"}]),
        ("deal_pipeline", {}, [{"pipeline_id": "default", "label": "Sales"}]),
        ("deal_pipeline_stage", {}, [
            {"stage_id": stage, "label": label, "pipeline_id": "default", "is_closed": closed, "closed_won": won}
            for stage, label, closed, won in (
                ("won", "Won", True, True), ("lost", "Lost", True, False), ("new", "New", False, False)
            )
        ]),
    ],
)  # fmt: skip
def test_hubspot_tables_of_what_belongs_to_objects(
    marketing: ApiCompany, feed: str, more: dict[str, str], expected: list[dict[str, Any]]
) -> None:
    assert rows(marketing, f"hubspot.{feed}", **more) == expected


def test_hubspot_deals_and_meetings(marketing: ApiCompany) -> None:
    (deal,) = rows(marketing, "hubspot.deal")
    assert (deal["deal_id"], deal["deal_pipeline_stage_id"], deal["owner_id"]) == ("7", "won", "77")
    assert str(deal["property_amount"]) == "12345678901234.5600"
    (meeting,) = rows(marketing, "hubspot.engagement_meeting")
    assert (meeting["engagement_id"], meeting["meeting_outcome"]) == ("31", "COMPLETED")
    assert meeting["end_time"] == stored_at("03-03 09:30")
