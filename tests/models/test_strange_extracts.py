"""Extracts as people really make them, through ingest and models: each row is in one person or in a named residue.

Belongs here: hand-written files of a company whose CRMs synchronise, and who each row must be, worked out by hand.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from orchestration.ingest.contracts import feeds_on
from orchestration.ingest.load import load_feed
from orchestration.ingest.plan import load_plan
from orchestration.partitions import as_of_for_day
from tests.models.company import MARTS, PREPARE, Company

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
SYNCED = {"synced_with_id": "property_salesforceleadid"}
CUSTOM_FIELDS = {
    "hubspot.contact": {**SYNCED, "tier": "property_teir"},
    "hubspot.deal": {"synced_with_id": "property_hs_salesforceopportunityid"},
}

# Exported on Windows from a warehouse: a byte order mark, CRLF, capitals, columns in another order, texts with quotes
# and line breaks, and each way to write a moment.
LEADS = "\ufeff" + "\r\n".join(
    [
        "EMAIL,ID,Created_Date,Last_Modified_Date,Is_Deleted,Company,Status,Converted_Contact_Id,Converted_Opportunity_Id,"
        "_Fivetran_Deleted,Master_Record_Id",
        'Ann@X.com,00Q01,2026-03-01T10:00:00.000+0000,2026-03-01T10:00:00Z,false,"Acme, ""Big""",Open,,,false,',
        '" ann@x.com ",00Q02,2026-03-01 10:00:01,2026-03-01 10:00:01,false,"Two\r\nLines",Open,,,false,',
        "ann+news@x.com,00Q03,2026-03-01 05:00:02-05:00,2026-03-01T10:00:02.123456Z,false,,Open,,,false,",
        "bo.b@gmail.com,00Q04,2026-03-01T10:00:03Z,2026-03-01T10:00:03Z,false,,Open,,,false,",
        "b.ob@googlemail.com,00Q05,2026-03-01T10:00:04Z,2026-03-01T10:00:04Z,false,,Open,,,false,",
        "cy.d@x.com,00Q06,2026-03-01T10:00:05Z,2026-03-01T10:00:05Z,false,,Open,,,false,",
        "cyd@x.com,00Q07,2026-03-01T10:00:06Z,2026-03-01T10:00:06Z,false,,Open,,,false,",
        "info@x.com,00Q08,2026-03-01T10:00:07Z,2026-03-01T10:00:07Z,false,,Open,,,false,",
        "info@x.com,00Q09,2026-03-01T10:00:08Z,2026-03-01T10:00:08Z,false,,Open,,,false,",
        ",00Q10,2026-03-01T10:00:09Z,2026-03-01T10:00:09Z,false,,Open,,,true,",
        "dee@x.com,00Q11,2026-03-01T10:00:10Z,2026-03-01T10:00:10Z,true,,Open,,,false,",
        "eve@x.com,00Q12,2026-03-01T10:00:11Z,2026-03-01T12:00:00Z,false,,Qualified,0031,0061,false,",
        "fay@x.com,00Q13,2026-03-01T10:00:12Z,2026-03-01T12:00:00Z,true,,Open,,,false,00Q14",
        "fay@y.com,00Q14,2026-03-01T10:00:13Z,2026-03-01T12:00:00Z,true,,Open,,,false,00Q15",
        "fay@z.com,00Q15,2026-03-01T10:00:14Z,2026-03-01T12:00:00Z,false,,Open,,,false,",
        "bad@x.com,00Q16,yesterday,2026-03-01T12:00:00Z,false,,Open,,,false,",
        "gus@x.com,00Q17,2026-03-01T10:00:15Z,2026-03-01T10:00:15Z,false,,Open,,,false,",
        "hal@x.com,00QaBcDeFgHiJkLUKV,2026-03-01T10:00:16Z,2026-03-01T10:00:16Z,false,,Open,,,false,",
        "",
    ]
)  # fmt: skip
# Dee is undeleted; two come with the addresses that Eve's contact has now and had before.
LEADS_AGAIN = (
    "id,created_date,email,is_deleted,last_modified_date\n"
    "00Q11,2026-03-01T10:00:10Z,dee@x.com,false,2026-03-02T11:00:00Z\n"
    "00Q18,2026-03-02T10:00:00Z,eve@new.com,false,2026-03-02T10:00:00Z\n"
    "00Q19,2026-03-02T10:00:01Z,eve@x.com,false,2026-03-02T10:00:01Z\n"
)
CONTACTS = [
    {"id": 9007199254740993, "property_email": "hub@x.com"},
    {"id": 9007199254740994, "property_email": "hub2@x.com"},
    {"id": "1234567890123456789", "property_email": "ANN@x.com", "property_hs_merged_object_ids": "7;8"},
    {"id": 201, "property_email": "a@m.com"},
    {"id": 202, "property_email": "b@m.com"},
    {"id": 203, "property_email": "c@m.com"},
    # Both are in Salesforce too: one as the lead, one as the contact that Eve became. Gus has another address there.
    {"id": 301, "property_email": "gus@private.com", "property_salesforceleadid": "00Q17"},
    {"id": 302, "property_email": "eve@x.com", "property_salesforceleadid": "0031"},
    # Hal's number is the short one of Salesforce's pages. Capitals Q, B; D, F; H, J, L give 20, 10, 21: U, K, V.
    {"id": 303, "property_email": "hal@private.com", "property_salesforceleadid": "00QaBcDeFgHiJkL"},
]
CREATED = {"property_createdate": "2026-03-01T09:00:00.000Z"}
MONDAYS: Mapping[str, str | bytes] = {
    "salesforce/lead/lead_2026-03-02.csv": LEADS,
    "salesforce/contact/contact_2026-03-02.csv": "id,created_date,email\n0031,2026-03-01T12:00:00Z,eve@x.com\n",
    "salesforce/opportunity/opportunity_2026-03-02.csv":
        "id,name,stage_name,amount,created_date,contact_id\n0061,Licences,Open,100,2026-03-01T12:00:00Z,0031\n",
    "salesforce/event/event_2026-03-02.csv": "id,who_id,created_date,start_date_time,is_deleted\n",
    "hubspot/contact/contact_2026-03-02.jsonl": "".join(json.dumps({**CREATED, **row}) + "\n" for row in CONTACTS),
    "hubspot/contact_merge_audit/audit_2026-03-02.csv":
        "canonical_vid,contact_id,vid_to_merge,timestamp\n203,203,202,2026-03-01T12:00:00Z\n",
    "hubspot/contact_form_submission/forms_2026-03-02.csv":
        "contact_id,timestamp,conversion_id\n201.0,2026-03-01T10:30:00Z,c1\n999,2026-03-01T10:30:00Z,c2\n"
        "301,2026-03-01T11:30:00Z,c3\n",
    "hubspot/contact_property_history/history_2026-03-02.csv":
        "contact_id,name,value,timestamp\n301,hs_lead_status,Nurtured,2026-03-01T09:30:00Z\n"
        "301,hs_lead_status,Copied,2026-03-01T11:00:00Z\n",
    "hubspot/deal/deal_2026-03-02.csv":
        "deal_id,property_dealname,property_amount,property_createdate,property_hs_lastmodifieddate,"
        "property_hs_salesforceopportunityid\n901,Licences,999,2026-03-01T12:05:00Z,2026-03-01T13:00:00Z,0061\n",
    # The tracker calls its users by their number in HubSpot, which nobody has told.
    "segment/pages/pages_2026-03-02.csv":
        "id,timestamp,anonymous_id,user_id,url\n"
        "p1,2026-03-01T10:00:00Z,w1,201,https://x.com/\np2,2026-03-01T10:00:00Z,w2,202,https://x.com/\n"
        "p3,2026-03-01T10:00:00Z,w3,555,https://x.com/\np4,2026-03-01T10:00:00Z,w4,,https://x.com/\n",
    "segment/identifies/identifies_2026-03-02.csv":
        "id,timestamp,anonymous_id,user_id,email\ni1,2026-03-01T10:00:00Z,w1,201,A@m.com\n",
    "hubspot/deal_contact/link_2026-03-02.csv": "deal_id,contact_id\n901,302\n",
}  # fmt: skip
TUESDAYS: Mapping[str, str | bytes] = {
    "salesforce/lead/lead_2026-03-03.csv": LEADS_AGAIN,
    "salesforce/contact/contact_2026-03-03.csv":
        "id,created_date,email,last_modified_date\n0031,2026-03-01T12:00:00Z,eve@new.com,2026-03-02T12:00:00Z\n",
    # Merged before the one above, told after it.
    "hubspot/contact_merge_audit/audit_2026-03-03.csv":
        "canonical_vid,contact_id,vid_to_merge,timestamp\n202,202,201,2026-03-01T11:00:00Z\n",
    "salesforce/task/task_2026-03-03.csv": "",
    "salesforce/lead_history/history_2026-03-03.csv": "id,lead_id\n1,00Q01\n".encode("utf-16"),
    "hubspot/contact/contact_2026-03-03.csv":
        "id,property_createdate\n401,1772359200000\n402,1772359200001\n",
}  # fmt: skip
PEOPLE = [
    ("hubspot:1234567890123456789", "hubspot:7", "hubspot:8", "salesforce:00Q01", "salesforce:00Q02",
     "salesforce:00Q03"),
    ("salesforce:00Q04", "salesforce:00Q05"),
    ("salesforce:00Q06",), ("salesforce:00Q07",), ("salesforce:00Q08",), ("salesforce:00Q09",), ("salesforce:00Q10",),
    ("salesforce:00Q11",),
    ("hubspot:302", "salesforce:00Q12", "salesforce:00Q18", "salesforce:00Q19"),
    ("salesforce:00Q13", "salesforce:00Q14", "salesforce:00Q15"),
    ("hubspot:301", "salesforce:00Q17"),
    ("hubspot:303", "salesforce:00QaBcDeFgHiJkLUKV"),
    ("hubspot:9007199254740993",), ("hubspot:9007199254740994",),
    ("hubspot:201", "hubspot:202", "hubspot:203"),
]  # fmt: skip


@pytest.fixture(scope="module")
def refusals() -> list[str]:
    return []


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, refusals: list[str]) -> Company:
    """The company after its two days; a file that was refused is let be."""
    home = tmp_path_factory.mktemp("strange")
    company = Company(home, vendors=("salesforce", "hubspot", "segment"), custom_fields=CUSTOM_FIELDS)
    settings = company.settings
    for day, files in ((MONDAY, MONDAYS), (TUESDAY, TUESDAYS)):
        _deliver(settings.landing, files)
        as_of = as_of_for_day(day, settings.zone)
        for feed in feeds_on(settings):
            refusals += load_feed(feed, settings, day, day, as_of).refusals
        load_plan(settings, day, as_of)
        company.build(day, *PREPARE)
        company.build(day, *MARTS)
    return company


def _deliver(landing: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def test_every_lead_is_of_the_person_that_the_rules_make_it(company: Company) -> None:
    found = company.rows("select lead_ids from marts.dim_person where lead_ids is not null")
    assert sorted(tuple(ids.split(",")) for (ids,) in found) == sorted(PEOPLE)


def test_what_is_nobodys_is_in_a_residue_and_what_cannot_be_read_is_kept_with_its_line(company: Company) -> None:
    found = company.rows("select row_key, residue from marts.person_links where person_id is null order by row_key")
    assert found == [
        ("form_fill:hubspot:c2", "unknown_lead"), ("visitor:segment:w2", "unknown_login"),
        ("visitor:segment:w3", "unknown_login"), ("visitor:segment:w4", "anonymous_visitor"),
    ]  # fmt: skip
    rejected = company.rows("select file_name, line, column_name, text like 'bad@x.com,%' from marts.rejected_rows")
    # The line break inside a quoted company name is a line too.
    assert rejected == [("salesforce/lead/lead_2026-03-02.csv", 18, "created_date", True)]


def test_files_that_cannot_be_read_say_what_to_do(company: Company, refusals: list[str]) -> None:
    assert [text.partition(".csv: ")[2] for text in sorted(refusals)] == [
        "column property_createdate is retyped, next to none of its values is a moment from 1900 to 2199: deliver ISO "
        "8601 with an offset, 2026-03-02T14:30:00Z",
        "is UTF-16: export it as UTF-8",
        "is empty, without even a header: deliver the header line when there are no rows",
    ]


def test_the_checks_hold(company: Company) -> None:
    company.build(TUESDAY, "--select", "path:tests/core", "path:tests/leads", command="test")


def test_records_that_synchronised_crms_name_count_once_under_the_one_they_name(company: Company) -> None:
    leads = company.rows(
        "select lead_id, merged_lead_ids, cast(created_at as varchar) from marts.fct_leads"
        " where lead_id in ('salesforce:00Q12', 'salesforce:00Q17', 'hubspot:301', 'hubspot:302') order by lead_id"
    )
    assert leads == [
        ("salesforce:00Q12", "hubspot:302", "2026-03-01 09:00:00"),
        ("salesforce:00Q17", "hubspot:301", "2026-03-01 09:00:00"),
    ]
    deals = company.rows("select opportunity_id, lead_id, crm_amount from intermediate.int_opportunities")
    assert deals == [("salesforce:0061", "salesforce:00Q12", 100)]


def test_before_the_named_record_came_the_other_crm_tells_and_then_only_what_does_not_synchronise(
    company: Company,
) -> None:
    changes = company.rows(
        "select to_value, lead_id from intermediate.int_lead_events where source_lead_id = 'hubspot:301' and"
        " to_value is not null order by event_at"
    )
    assert changes == [("Nurtured", "salesforce:00Q17"), ("Copied", None)]
    fills = company.rows("select lead_id from intermediate.int_touches where touch_id = 'hubspot:c3'")
    assert fills == [("salesforce:00Q17",)]


def test_what_the_configuration_lacks_is_said(company: Company) -> None:
    said = dict(
        company.rows(
            "select column_name, consequence from marts.vendor_gaps"
            " where column_name in ('login_is_lead', 'property_teir', 'property_salesforceleadid')"
        )
    )
    assert said == {
        "login_is_lead": "2 logins are numbers that leads have in the CRM, and are joined with nobody: of those with an"
        " e-mail address 1 have that lead's, 0 another. If they are the CRM's numbers, add the line"
        " login_is_lead,segment to identity_rules.csv.",
        "property_teir": "It is named in the custom fields and was never filled: correct its name, or take it out.",
    }
