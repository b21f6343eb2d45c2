"""The marts are the same whoever's CRM delivers the company, but for what that vendor cannot say."""

from pathlib import Path

import pytest

from tests.models.shaped_company import Marts, Shape, built_company
from tests.models.vendor_limits import LIMITS, NOT_COMPARED, Limit, limits_of

WEBS = {"salesforce": "flat", "hubspot": "ga4"}


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Marts]:
    flat = built_company(tmp_path_factory.mktemp("flat"), Shape("flat", "flat"))

    def other(vendor: str) -> Marts:
        home: Path = tmp_path_factory.mktemp(vendor)
        return Marts(flat, built_company(home, Shape(vendor, WEBS[vendor])), vendor)

    return {vendor: other(vendor) for vendor in WEBS}


@pytest.mark.parametrize("vendor", WEBS)
def test_every_mart_is_equal_but_for_what_the_vendor_cannot_say(marts: dict[str, Marts], vendor: str) -> None:
    side_by_side = marts[vendor]
    compared = [mart for mart in side_by_side.names() if mart not in NOT_COMPARED]
    assert {"fct_leads", "fct_handoffs", "fct_stage_visits", "fct_source_weekly", "lead_verdicts"} <= set(compared)
    found = {mart: side_by_side.differences(mart, limits_of(vendor, mart))[:5] for mart in compared}
    assert {mart: rows for mart, rows in found.items() if rows} == {}


@pytest.mark.parametrize(
    ("vendor", "limit"),
    [(vendor, limit) for limit in LIMITS for vendor in limit.vendors],
    ids=lambda each: str(each)[:40],
)
def test_no_limit_is_claimed_that_is_not_needed(marts: dict[str, Marts], vendor: str, limit: Limit) -> None:
    others = [each for each in limits_of(vendor, limit.mart) if each is not limit]
    assert marts[vendor].differences(limit.mart, others)
