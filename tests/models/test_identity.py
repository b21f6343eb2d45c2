"""One person across CRM lead, contact, browser and form fill, over a real build of two days."""

from datetime import date
from pathlib import Path

import pytest

from tests.models.company import LEADS, Company
from tests.models.rows import lead, opportunity, spend, touch

PLAN_DAY = date(2025, 12, 20)
MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
CHAIN = 150


def contact(contact_id: str, **more: object) -> dict[str, object]:
    """A row of crm.contacts, as extracted on Monday unless `updated_at` says otherwise."""
    return {"contact_id": contact_id, "created_at": "2026-03-02T16:00Z", "updated_at": "2026-03-02T16:00Z", **more}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    company = Company(Path(tmp_path_factory.mktemp("identity")))
    company.land_plan(PLAN_DAY)
    _monday(company)
    company.run_day(MONDAY, LEADS)
    _tuesday(company)
    company.run_day(TUESDAY, LEADS, command="build")
    return company


def _monday(company: Company) -> None:
    """Ann is a lead that became a contact, and two more leads; a long chain of merges; a double that was merged."""
    chain = [
        lead(f"CH{number}", "2026-03-02T10:00Z", merged_into_lead_id=f"CH{number + 1}" if number < CHAIN else None)
        for number in range(CHAIN + 1)
    ]
    company.land(
        "crm.leads",
        [
            lead("L1", "2026-03-02T15:00Z", first_name="Ann", last_name="Lee", contact_id="C1"),
            lead("L2", "2026-03-02T17:00Z", first_name="Ann", last_name="Lee", email="ann+fair@example.com"),
            lead("L3", "2026-03-02T18:00Z", first_name="Ann", last_name="Lee", email="other.ann@example.com"),
            lead("L4", "2026-03-02T18:00Z", email="bo@example.com"),
            lead("L5", "2026-03-02T18:30Z", email="BO@example.com", merged_into_lead_id="L4"),
            lead("L6", "2026-03-02T19:00Z", email="cy@example.com", is_deleted=True),
            *chain,
        ],
        MONDAY,
    )
    company.land("crm.contacts", [contact("C1", email="Ann@example.com")], MONDAY)
    company.land(
        "web.web_touches",
        [
            touch("T1", None, "2026-03-02T11:00Z", visitor_id="V1"),
            touch("T2", None, "2026-03-02T12:00Z", visitor_id="V1", touch_type="form_fill", email="ann@example.com"),
            touch("T3", None, "2026-03-02T12:00Z", visitor_id="V2"),
        ],
        MONDAY,
    )
    company.land(
        "ads.ad_spend",
        [
            spend("2026-03-02", "SYN-E", "100", currency="EUR", account_time_zone="Europe/Berlin"),
            spend("2026-03-02", "SYN-E", "100", currency="SEK"),
        ],
        MONDAY,
    )
    company.land(
        "crm.opportunities",
        [opportunity("O1", "L1", "2026-03-02T20:00Z", "Closed Won", amount="200", currency="EUR")],
        MONDAY,
    )


def _tuesday(company: Company) -> None:
    """L5 comes back after its merge, with a new address; L6 is undeleted; V2 and L3 turn out to be Ann's."""
    company.land(
        "crm.leads",
        [
            lead("L5", "2026-03-02T18:30Z", updated_at="2026-03-03T12:00Z", email="new@example.com"),
            lead("L6", "2026-03-02T19:00Z", updated_at="2026-03-03T12:00Z", email="cy@example.com"),
            lead("L7", "2026-03-03T12:00Z", email="bo@example.com"),
        ],
        TUESDAY,
    )
    company.land(
        "web.web_touches",
        [touch("T4", "L3", "2026-03-03T12:00Z", visitor_id="V2", touch_type="form_fill", email="ann@example.com")],
        TUESDAY,
    )


def persons(company: Company, *row_keys: str) -> list[str | None]:
    """The persons of these source rows, in this order."""
    found = dict(company.rows("select row_key, person_id from marts.person_links"))
    return [found[row_key] for row_key in row_keys]


def test_a_lead_its_contact_and_what_has_their_address_are_one_person(company: Company) -> None:
    rows = ("lead:L1", "contact:C1", "lead:L2", "form_fill:T2", "visitor:V1", "form_fill:T4", "visitor:V2", "lead:L3")
    assert persons(company, *rows) == ["lead:L1"] * len(rows)
    found = company.rows("select email, leads, contacts, form_fills, visitors from marts.dim_person where leads = 3")
    assert found == [("ann@example.com", 3, 1, 2, 2)]


def test_every_link_names_the_rule_and_the_row_file_and_line_behind_it(company: Company) -> None:
    found = company.rows(
        "select row_key, rule, via_row, via_source_file like 'crm/contacts/%', via_source_line from marts.person_links"
        " where row_key in ('lead:L1', 'lead:L2')"
    )
    assert sorted(found) == [
        ("lead:L1", "became the contact", "contact:C1", True, 2),
        ("lead:L2", "same e-mail", "contact:C1", True, 2),
    ]


def test_a_lead_that_came_back_after_its_merge_is_its_own_and_a_new_one_with_the_old_address_is_not(
    company: Company,
) -> None:
    assert persons(company, "lead:L4", "lead:L5", "lead:L7") == ["lead:L4", "lead:L5", "lead:L4"]
    found = company.rows(
        "select lead_id, person_id, duplicate_of_lead_id from marts.fct_leads where lead_id in ('L4', 'L5', 'L7')"
    )
    assert sorted(found) == [("L4", "lead:L4", None), ("L5", "lead:L5", None), ("L7", "lead:L4", "L4")]


def test_an_undeleted_lead_is_a_living_person_again(company: Company) -> None:
    assert company.one("select is_deleted from marts.dim_person where person_id = 'lead:L6'") is False


def test_a_chain_of_merges_of_any_length_is_one_person(company: Company) -> None:
    found = company.rows("select leads from marts.dim_person where starts_with(person_id, 'lead:CH')")
    assert found == [(CHAIN + 1,)]


def test_foreign_money_is_worth_its_days_rate_and_without_one_it_is_named(company: Company) -> None:
    found = company.rows("select currency, cost, fx_rate, spend, business_day_share from marts.fct_ad_spend order by 1")
    assert [tuple(map(str, row)) for row in found] == [
        ("EUR", "100.0000", "1.1000000000", "110.00", "0.75"),
        ("SEK", "100.0000", "None", "None", "None"),
    ]
    assert str(company.one("select won_amount from marts.fct_leads where lead_id = 'L1'")) == "220.00"
    found = company.rows("select currency, amounts, fix_line from marts.missing_rates")
    assert found == [("SEK", 1, "SEK,2026-03-02,RATE")]
    found = company.rows(
        "select spend, spend_rows_without_rate from marts.fct_source_weekly where source = 'syndication'"
    )
    assert [(str(money), rows) for money, rows in found] == [("110.00", 1)]
