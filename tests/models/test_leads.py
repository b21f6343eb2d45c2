"""Leads through a few days: merges, names, cost and weeks, on rows small enough to add up by hand."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.models.company import LEADS, Company
from tests.models.rows import activity, entered, lead, opportunity, spend, status, touch

PLAN_DAY = date(2025, 12, 20)
MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
NEXT_MONDAY = date(2026, 3, 9)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Three days: Monday's leads, Tuesday's corrections and merges, and the next Monday's deal."""
    company = Company(Path(tmp_path_factory.mktemp("leads")))
    company.land_plan(PLAN_DAY)
    _monday(company)
    company.run_day(MONDAY, LEADS)
    _tuesday(company)
    company.run_day(TUESDAY, LEADS)
    _next_monday(company)
    company.run_day(NEXT_MONDAY, LEADS, command="build")
    return company


def _monday(company: Company) -> None:
    company.land(
        "crm.leads",
        [
            lead("L1", "2026-03-02T15:00Z", campaign_id="SYN-E", email="Ann@Example.com ", employees=400, status="New"),
            lead("L2", "2026-03-02T16:00Z", campaign_id="SYN-E", status="New"),
            lead("L3", "2026-03-02T17:00Z", campaign_id="SYN-E", email="ann@example.com", status="New"),
            lead("L4", "2026-03-02T18:00Z", lead_source=" customer referral", employees=400, status="New"),
            lead("L5", "2026-03-03T04:30Z", lead_source="Door knocking", status="New"),
            lead("L6", "2026-03-02T18:00Z", lead_source="Paid Search", segment="Mid-Market", status="New"),
            lead("L7", "2026-03-02T18:00Z", lead_source="Paid Search", status="New"),
        ],
        MONDAY,
    )
    company.land(
        "crm.lead_events",
        [
            status("E1", "L1", "2026-03-02T19:00Z", "MQL"),
            status("E2", "L6", "2026-03-02T19:00Z", "MQL"),
        ],
        MONDAY,
    )
    company.land(
        "web.web_touches",
        [
            touch("T1", "L1", "2026-03-02T14:00Z", lead_source="google_cpc"),
            touch("T2", "L1", "2026-03-02T14:30Z", campaign_id="SYN-E"),
            touch("T3", "L6", "2026-03-02T14:00Z", lead_source="google_cpc"),
        ],
        MONDAY,
    )
    told_twice = [spend("2026-03-02", "ROGUE", cost) for cost in ("5.00", "7.50")]
    company.land("ads.ad_spend", [spend("2026-03-02", "SYN-E", "80"), *told_twice], MONDAY)


def _tuesday(company: Company) -> None:
    """L6 turns out to be L7's double, L2 is deleted, an old state of L4 arrives late, spend is restated."""
    company.land(
        "crm.leads",
        [
            lead("L6", "2026-03-02T18:00Z", updated_at="2026-03-03T15:00Z", merged_into_lead_id="L7"),
            lead("L2", "2026-03-02T16:00Z", updated_at="2026-03-03T15:00Z", campaign_id="SYN-E", is_deleted=True),
            lead("L4", "2026-03-02T18:00Z", updated_at="2026-03-01T00:00Z", lead_source="Paid Search"),
        ],
        TUESDAY,
    )
    company.land("crm.lead_events", [status("E3", "L1", "2026-03-03T15:00Z", "Sales Accepted")], TUESDAY)
    company.land("crm.activities", [activity("A1", "L1", "2026-03-03T14:00Z", "meeting_held")], TUESDAY)
    company.land("ads.ad_spend", [spend("2026-03-02", "SYN-E", "100.01", currency=" usd")], TUESDAY)


def _next_monday(company: Company) -> None:
    company.land(
        "crm.opportunities", [opportunity("O1", "L1", "2026-03-09T15:00Z", "Discovery", amount="500")], NEXT_MONDAY
    )
    company.land(
        "crm.opportunity_stages",
        [
            entered("H1", "O1", "2026-03-09T15:00Z", "Discovery"),
            entered("H2", "O1", "2026-03-09T16:00Z", "Closed Won"),
        ],
        NEXT_MONDAY,
    )


def test_a_lead_takes_its_campaigns_source_and_segment_before_its_own(company: Company) -> None:
    assert company.rows("select lead_id, source, segment, company_segment from marts.fct_leads order by 1") == [
        ("L1", "syndication", "enterprise", "mid_market"),
        ("L2", "syndication", "enterprise", None),
        ("L3", "syndication", "enterprise", None),
        ("L4", "referral", "mid_market", "mid_market"),
        ("L5", "unmapped", "unmapped", None),
        ("L7", "search", "unmapped", None),
    ]


def test_a_merged_leads_handoff_and_touches_are_the_survivors(company: Company) -> None:
    found = company.rows("select merged_lead_ids, touches, lifecycle_stage from marts.fct_leads where lead_id = 'L7'")
    assert found == [("L6", 1, "handed_off")]
    assert company.rows("select distinct lead_id from marts.fct_lead_touch_credit where touch_id = 'T3'") == [("L7",)]


def test_a_state_that_arrives_late_does_not_replace_a_newer_one(company: Company) -> None:
    assert company.one("select lead_source from intermediate.int_leads where lead_id = 'L4'") == " customer referral"


def test_the_same_email_makes_the_later_lead_a_duplicate_of_the_first(company: Company) -> None:
    found = company.rows("select lead_id, duplicate_of_lead_id from marts.fct_leads where email is not null order by 1")
    assert found == [("L1", None), ("L3", "L1")]


def test_a_file_that_tells_a_day_twice_is_named_and_its_later_line_stands(company: Company) -> None:
    assert company.one("select cost from marts.fct_ad_spend where campaign_id = 'ROGUE'") == Decimal("7.50")
    with pytest.raises(AssertionError, match=r"assert_a_days_spend_is_told_once_per_file[\s\S]*Got 1 result"):
        company.dbt("--warn-error", "test", "--select", "assert_a_days_spend_is_told_once_per_file")


def test_restated_spend_is_shared_to_the_cent_among_the_leads_that_are_left(company: Company) -> None:
    found = company.rows("select lead_id, attributed_cost from marts.fct_leads order by 1")
    assert found == [
        ("L1", Decimal("50.01")),
        ("L2", None),
        ("L3", Decimal("50.00")),
        ("L4", None),
        ("L5", None),
        ("L7", None),
    ]


def test_each_flow_is_counted_in_the_business_week_in_which_it_happened(company: Company) -> None:
    found = company.rows(
        "select iso_week, source, segment, spend, leads, handed_off, accepted, meetings, opportunities, won, won_value"
        " from marts.fct_source_weekly order by all"
    )
    assert found == [
        ("2026-W10", "referral", "mid_market", None, 1, 0, 0, 0, 0, 0, Decimal(0)),
        ("2026-W10", "search", "unmapped", None, 1, 1, 0, 0, 0, 0, Decimal(0)),
        ("2026-W10", "syndication", "enterprise", Decimal("100.01"), 2, 1, 1, 1, 0, 0, Decimal(0)),
        ("2026-W10", "unmapped", "unmapped", Decimal("7.50"), 1, 0, 0, 0, 0, 0, Decimal(0)),
        ("2026-W11", "syndication", "enterprise", None, 0, 0, 0, 0, 1, 1, Decimal(500)),
    ]


def test_spend_of_an_unknown_campaign_stays_in_sight(company: Company) -> None:
    found = company.rows(
        "select source, campaign_id, spend, leads, cost_per_lead from marts.fct_channel_weekly"
        " where iso_week = '2026-W10' order by all"
    )
    assert found == [
        ("referral", "unmapped", None, 1, None),
        ("search", "unmapped", None, 1, None),
        ("syndication", "SYN-E", Decimal("100.01"), 2, Decimal("50.01")),
        ("unmapped", "unmapped", Decimal("7.50"), 1, Decimal("7.50")),
    ]


def test_verdicts_are_not_known_before_the_first_inspection(company: Company) -> None:
    assert company.one("select count(ready_leads) from marts.fct_source_weekly") == 0


def test_a_week_that_lacks_a_feeds_days_is_not_closed_and_says_which(company: Company) -> None:
    found = company.rows("select iso_week, days_in, is_closed, missing from marts.fct_week_status order by 1")
    assert found == [
        (
            "2026-W10",
            1,
            False,
            "ads.ad_spend from 2026-03-04; crm.activities from 2026-03-04; crm.lead_events from 2026-03-04;"
            " crm.leads from 2026-03-04; web.web_touches from 2026-03-03",
        ),
        (
            "2026-W11",
            0,
            False,
            "ads.ad_spend from 2026-03-09; crm.activities from 2026-03-09; crm.lead_events from 2026-03-09;"
            " crm.leads from 2026-03-09; crm.opportunities from 2026-03-10; crm.opportunity_stages from 2026-03-10;"
            " web.web_touches from 2026-03-09",
        ),
    ]


def test_freshness_is_judged_as_of_the_run_and_not_by_the_clock(company: Company) -> None:
    company.dbt("source", "freshness", "--select", "source:crm.opportunities")
    with pytest.raises(AssertionError, match="web_touches"):
        company.dbt("source", "freshness", "--select", "source:web.web_touches")
