"""Leads through a few days: merges, lifecycle, cost and weeks, on rows small enough to add up by hand."""

from collections.abc import Generator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.models.company import Company

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)


def lead(lead_id: str, created: datetime, **more: object) -> dict[str, object]:
    return {"lead_id": lead_id, "created_at": created, "updated_at": created, **more}


def status(event_id: str, lead_id: str, at: datetime, to: str) -> dict[str, object]:
    return {"event_id": event_id, "lead_id": lead_id, "event_at": at, "event_type": "status", "to_value": to}


def spend(day: date, campaign: str, cost: str, currency: str = "USD") -> dict[str, object]:
    return {
        "spend_date": day,
        "platform": "network",
        "account_id": "A",
        "campaign_id": campaign,
        "clicks": 10,
        "impressions": 100,
        "cost": Decimal(cost),
        "currency": currency,
    }


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Generator[Company]:
    company = Company(Path(tmp_path_factory.mktemp("leads")))
    company.land_plan(date(2025, 12, 20))
    company.land(
        "crm.leads",
        [
            lead("L1", datetime(2026, 3, 2, 15), campaign_id="SYN-E", email="Ann@Example.com ", status="New"),
            lead("L2", datetime(2026, 3, 2, 16), campaign_id="SYN-E", status="New"),
            lead("L3", datetime(2026, 3, 2, 17), campaign_id="SYN-E", email="ann@example.com", status="New"),
            lead("L4", datetime(2026, 3, 2, 18), lead_source="customer referral", employees=400, status="New"),
            lead("L5", datetime(2026, 3, 3, 3), lead_source="Door knocking", status="New"),
        ],
        MONDAY,
    )
    company.land("crm.lead_events", [status("E1", "L1", datetime(2026, 3, 2, 19), "MQL")], MONDAY)
    company.land("ads.ad_spend", [spend(MONDAY, "SYN-E", "100.00"), spend(MONDAY, "ROGUE", "7.50")], MONDAY)
    company.run_day(MONDAY)
    yield company


def test_a_lead_takes_its_campaigns_source_and_segment_before_its_own(company: Company) -> None:
    assert company.rows("select lead_id, source, segment from marts.fct_leads order by 1") == [
        ("L1", "syndication", "enterprise"),
        ("L2", "syndication", "enterprise"),
        ("L3", "syndication", "enterprise"),
        ("L4", "referral", "mid_market"),
        ("L5", "unmapped", "unmapped"),
    ]
