"""A real company's funnel through the whole line: Olist's published numbers come out, and nothing is made up.

The expected values are those published with the data set (counts per origin and month, cycle days), not ours.
"""

from collections.abc import Generator
from datetime import date

import duckdb
import pytest

from orchestration.runner import run_job
from orchestration.serving.reader import open_served
from orchestration.settings import Settings
from tests.e2e.olist import DELIVERED_ON, deliver_olist, olist_folder, write_olist_plan

pytestmark = pytest.mark.e2e

LEADS_WON_DAYS_BY_ORIGIN = {
    "organic_search": (2296, 271, 50.0),
    "paid_search": (1586, 195, 56.6),
    "social": (1350, 75, 61.0),
    "unknown": (1099, 179, 41.3),
    "direct_traffic": (499, 56, 31.1),
    "email": (493, 15, 52.2),
    "referral": (284, 24, 32.5),
    "other": (150, 4, 15.3),
    "display": (118, 6, 10.3),
    "other_publicities": (65, 3, 39.3),
    "unmapped": (60, 14, 49.2),
}
WON_BY_MONTH = [3, 73, 113, 147, 207, 122, 57, 37, 33, 23, 21, 6]
LEADS_BY_MONTH = [4, 239, 386, 312, 416, 445, 200, 1141, 1028, 1174, 1352, 1303]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Generator[duckdb.DuckDBPyConnection]:
    source = olist_folder()
    if not source.exists():
        pytest.skip(f"Olist's data set is not at {source}; set ANDON_OLIST_DIR to the folder that holds its files")
    home = tmp_path_factory.mktemp("olist")
    settings = Settings(home=home, plan_dir=home / "plan", time_zone="UTC", currency="BRL")
    write_olist_plan(settings.plan_dir)
    deliver_olist(source, settings.landing)
    day = date.fromisoformat(DELIVERED_ON)
    run_job(settings, "daily", day, day)
    with open_served(settings) as connection:
        yield connection


def rows(marts: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    return marts.execute(query).fetchall()


def test_842_of_8000_leads_are_won(marts: duckdb.DuckDBPyConnection) -> None:
    assert rows(marts, "select count(*), count(won_at) from marts.fct_leads") == [(8000, 842)]


def test_leads_won_and_cycle_per_origin_are_the_published_ones(marts: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        marts,
        """
        select source, count(*), count(won_at),
            round(avg(date_diff('day', created_at::date, won_at::date)) + 1e-9, 1)
        from marts.fct_leads group by source
        """,
    )
    assert {source: (leads, won, days) for source, leads, won, days in found} == LEADS_WON_DAYS_BY_ORIGIN


def test_won_per_month_and_leads_per_first_contact_month_are_the_published_ones(
    marts: duckdb.DuckDBPyConnection,
) -> None:
    won = rows(
        marts,
        "select count(*) from marts.fct_leads where won_at is not null group by date_trunc('month', won_at)"
        " order by date_trunc('month', won_at)",
    )
    leads = rows(
        marts,
        "select count(*) from marts.fct_leads group by date_trunc('month', created_at)"
        " order by date_trunc('month', created_at)",
    )
    assert [count for (count,) in won] == WON_BY_MONTH
    assert [count for (count,) in leads] == LEADS_BY_MONTH


def test_cycle_days_are_the_published_ones(marts: duckdb.DuckDBPyConnection) -> None:
    [(mean, median)] = rows(
        marts,
        "select round(avg(days), 2), median(days) from"
        " (select date_diff('day', created_at::date, won_at::date) as days from marts.fct_leads"
        " where won_at is not null)",
    )
    assert (mean, median) == (48.44, 14)


def test_the_deal_won_before_its_first_contact_is_a_clock_defect(marts: duckdb.DuckDBPyConnection) -> None:
    found = rows(marts, "select lead_id, clock_defects from marts.fct_leads where clock_defects is not null")
    assert [(str(lead)[:8], defect) for lead, defect in found] == [("b91cf881", "won_before_created")]


def test_sdrs_and_sales_reps_are_kept_apart(marts: duckdb.DuckDBPyConnection) -> None:
    won = "from marts.fct_leads where won_at is not null"
    assert rows(marts, f"select count(distinct owner_id) {won}") == [(32,)]


def test_what_olist_does_not_say_is_absent_and_not_zero(marts: duckdb.DuckDBPyConnection) -> None:
    columns = "count(spend), count(meetings), count(won_value)"
    assert rows(marts, f"select {columns} from marts.fct_source_weekly") == [(0, 0, 0)]
    assert rows(marts, "select count(attributed_cost) from marts.fct_leads") == [(0,)]
    assert rows(marts, "select count(cost_per_lead) from marts.fct_channel_weekly") == [(0,)]


def test_every_line_read_is_loaded_or_rejected(marts: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        marts,
        "select feed, lines_read, rows_loaded, rows_rejected from marts.load_manifest"
        " where feed like 'crm.%' order by feed",
    )
    assert found == [
        ("crm.leads", 8000, 8000, 0),
        ("crm.opportunities", 842, 842, 0),
        ("crm.opportunity_stages", 842, 842, 0),
    ]
