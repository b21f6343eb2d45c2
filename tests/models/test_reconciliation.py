"""Marketing says 500, sales says 380: the marts name the 120, over a real build of one week and the Monday after."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.serving.reconciliation.collect import NothingToReconcileError, collect_reconciliation
from orchestration.serving.reconciliation.show import text
from tests.models.company import PLAN, Company
from tests.models.rows import activity, lead, opportunity, spend, status, touch

PLAN_DAY, MONDAY, NEXT_MONDAY = date(2025, 12, 20), date(2026, 3, 2), date(2026, 3, 9)
AT, LATER = "2026-03-03T15:00Z", "2026-03-09T15:00Z"
CRAWLER, BROWSER = "Mozilla/5.0 (compatible; Examplebot/2.1)", "Mozilla/5.0 (X11; Linux x86_64)"
OFFICE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
BECAME_LEADS, TWICE, MACHINES, OURS, DELETED, NEXT_WEEK, LOST = 380, 40, 25, 20, 15, 12, 8
SELECTION = ["--select", "+fct_source_reconciliation", "+fct_leads"]
WEEK = "week_start = '2026-03-02' and source = 'syndication'"


def fill(number: int, email: str | None = None, **more: Any) -> dict[str, Any]:
    """A form fill of the syndication campaign."""
    told = {"touch_type": "form_fill", "campaign_id": "SYN-E", "user_agent": BROWSER, "visitor_id": f"V{number}"}
    return {**touch(f"F{number}", "", AT), "lead_id": None, "email": email, **told, **more}


def of_syndication(lead_id: str, at: str, email: str, **more: Any) -> dict[str, Any]:
    return lead(lead_id, at, email=email, campaign_id="SYN-E", lead_source="Content Syndication", **more)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    rules = [*PLAN["identity_rules"], {"rule": "bot_user_agent", "value": "*bot/*"},
             {"rule": "internal_ip_hash", "value": OFFICE}]  # fmt: skip
    company = Company(Path(tmp_path_factory.mktemp("reconciliation")), plan={**PLAN, "identity_rules": rules})
    company.land_plan(PLAN_DAY)
    company.land("web.web_touches", _fills(), MONDAY)
    company.land("crm.leads", _leads(), NEXT_MONDAY)
    company.land("ads.ad_spend", _spend(), MONDAY)
    company.land("crm.lead_events", _statuses(), NEXT_MONDAY)
    done = [activity("A1", "L0", AT, "call"), activity("A2", "L12", AT, "meeting_held")]
    company.land("crm.activities", done, MONDAY)
    company.land(
        "crm.opportunities",
        [
            opportunity("O1", "L0", AT, "Discovery"),
            opportunity("O2", None, AT, "Discovery"),
            opportunity("O3", "L8", AT, "Discovery"),
            opportunity("O4", "L15", AT, "Discovery", is_deleted=True),
        ],
        NEXT_MONDAY,
    )
    company.run_day(NEXT_MONDAY, SELECTION, command="build")
    return company


def _fills() -> list[dict[str, Any]]:
    kinds: list[dict[str, Any]] = [
        *({"email": f"lead{number}@example.com"} for number in range(BECAME_LEADS)),
        *({"email": f"lead{number}@example.com"} for number in range(TWICE)),
        *({"user_agent": CRAWLER} for _ in range(MACHINES)),
        *({"email": f"colleague{number}@us.example"} for number in range(OURS - 1)),
        {"ip_hash": OFFICE},
        *({"email": f"deleted{number}@example.com"} for number in range(DELETED)),
        *({"email": f"next{number}@example.com"} for number in range(NEXT_WEEK)),
        *({"email": f"lost{number}@example.com"} for number in range(LOST)),
    ]
    clicks = [
        {**touch("K1", "", "2026-03-03T14:00Z"), "visitor_id": "V0"},
        {**touch("K2", "", "2026-03-03T14:30Z"), "visitor_id": "V0"},
        {**touch("K3", "", "2026-03-03T14:30Z"), "visitor_id": "VX", "user_agent": CRAWLER},
    ]
    return [
        *(fill(number, **told) for number, told in enumerate(kinds)),
        *({**click, "lead_id": None, "touch_type": "ad_click", "campaign_id": "SYN-E"} for click in clicks),
    ]


def _spend() -> list[dict[str, Any]]:
    """Of the week's 510.4 conversions the platform claims ten more than there were form fills; of another, fewer."""
    return [
        spend("2026-03-03", "SYN-E", "100", clicks=3, platform_conversions="500.4"),
        spend("2026-03-04", "SYN-E", "0", clicks=0, platform_conversions="10"),
        spend("2026-03-03", "SEA-M", "1", clicks=0),
        spend("2026-03-10", "SYN-E", "1", clicks=0, platform_conversions="5"),
    ]


def _leads() -> list[dict[str, Any]]:
    return [
        *(of_syndication(f"L{n}", AT, f"lead{n}@example.com") for n in range(BECAME_LEADS)),
        *(of_syndication(f"D{n}", AT, f"deleted{n}@example.com", is_deleted=True) for n in range(DELETED)),
        *(of_syndication(f"N{n}", LATER, f"next{n}@example.com") for n in range(NEXT_WEEK)),
    ]


def _statuses() -> list[dict[str, Any]]:
    """How far leads came: L3 to L6 without being handed off, L0 and L10 to L16 with, L1 a week later."""
    handed_off = [status(f"H{number}", f"L{number}", AT, "MQL") for number in (0, *range(10, 17))]
    since = {
        3: "Disqualified", 4: "Sales Rejected", 5: "Recycled", 6: "Sales Accepted",
        11: "Sales Accepted", 13: "Sales Rejected", 14: "Disqualified", 16: "Recycled",
    }  # fmt: skip
    became = [status(f"S{number}", f"L{number}", "2026-03-04T15:00Z", value) for number, value in since.items()]
    return [*handed_off, status("H1", "L1", LATER, "MQL"), *became]


def test_the_hundred_and_twenty_are_split_into_their_reasons(company: Company) -> None:
    [row] = company.rows(f"""
        select left_count, right_count, gap, matched, left_duplicate, left_bot, left_internal, left_deleted, left_late,
            left_elsewhere, left_unexplained, gap_explained, gap_unexplained
        from marts.fct_source_reconciliation where {WEEK} and joint = 'form_fills_to_leads'
    """)
    assert row == (500, 380, 120, 380, TWICE, MACHINES, OURS, DELETED, NEXT_WEEK, 0, LOST, 120 - LOST, LOST)


def test_each_of_them_is_named_with_its_file_and_line(company: Company) -> None:
    rows = company.rows(f"""
        select record_id, reason, counterpart_id, detail, source_file, source_line from marts.fct_reconciliation_records
        where {WEEK} and joint = 'form_fills_to_leads' and side = 'left' and reason <> 'matched'
    """)
    named = {record: (reason, counterpart, detail) for record, reason, counterpart, detail, _, _ in rows}
    assert len(named) == 120
    assert named["F380"] == ("duplicate", None, "lead L0 again")
    assert named["F465"] == ("deleted", None, "lead D0 was deleted in the CRM")
    assert named["F480"] == ("late", "N0", "counted in 2026-W11")
    assert named["F492"][0] == "unexplained"
    [(file, line)] = [(file, line) for record, _, _, _, file, line in rows if record == "F420"]
    assert file.startswith("web/web_touches/web_touches_2026-03-02")
    assert line == 422


@pytest.mark.parametrize(
    "fault",
    [
        "update marts.fct_source_reconciliation set left_unexplained = 0 where joint = 'form_fills_to_leads'",
        "delete from marts.fct_reconciliation_records where record_id = 'F1' and reason = 'matched' and side = 'left'",
        "delete from marts.fct_leads where lead_id = 'L7'",
        "update marts.fct_source_reconciliation set left_stayed = 0 where joint = 'leads_to_handed_off'",
        "update marts.fct_leads set opportunity_at = handed_off_at where lead_id = 'L10'",
    ],
    ids=[
        "a gap without its reason",
        "a record that only one side has",
        "a lead that the chain counts and no mart has",
        "leads that stayed, not counted",
        "a lead that stayed and came further",
    ],
)
def test_the_conservation_check_goes_red_when_something_is_lost(company: Company, tmp_path: Path, fault: str) -> None:
    sound = shutil.copy(company.warehouse, tmp_path)
    with duckdb.connect(str(company.warehouse)) as connection:
        connection.execute(fault)
    try:
        with pytest.raises(AssertionError, match=r"assert_every_gap_is_its_rows[\s\S]*Got \d+ results?"):
            company.dbt("test", "--select", "assert_every_gap_is_its_rows")
    finally:
        shutil.copy(sound, company.warehouse)
    company.dbt("test", "--select", "assert_every_gap_is_its_rows")


def test_the_other_side_names_who_came_without_a_form_fill_in_that_week(company: Company) -> None:
    found = company.rows("""
        select count(*), min(reason), min(detail) from marts.fct_reconciliation_records
        where joint = 'form_fills_to_leads' and side = 'right' and week_start = '2026-03-09'
    """)
    assert found == [(NEXT_WEEK, "late", "counted in 2026-W10")]


def test_a_platforms_clicks_are_compared_with_those_of_people(company: Company) -> None:
    [row] = company.rows(f"""
        select left_count, right_count, matched, left_unexplained, right_bot from marts.fct_source_reconciliation
        where {WEEK} and joint = 'platform_clicks_to_clicks'
    """)
    assert row == (3, 3, 2, 1, 1)


def test_what_the_platform_claims_is_explained_as_far_as_form_fills_have_reasons(company: Company) -> None:
    reasons = "duplicate, left_bot, left_internal, left_late, left_deleted, left_elsewhere, left_unexplained"
    rows = company.rows(f"""
        select iso_week, left_count, right_count, matched, left_{reasons}, right_late, right_unexplained, gap_explained,
            gap_unexplained
        from marts.fct_source_reconciliation where joint = 'platform_conversions_to_leads' order by week_start
    """)
    # 510 - 380 = 130: 40 + 25 + 20 + 12 + 15 have a reason. A week on, of 12 leads the platform claims 5; all 12 filled
    # in their forms the week before.
    assert rows == [
        ("2026-W10", 510, 380, 380, TWICE, MACHINES, OURS, NEXT_WEEK, DELETED, 0, LOST + 10, 0, 0, 112, 18),
        ("2026-W11", 5, 12, 5, 0, 0, 0, 0, 0, 0, 0, 7, 0, -7, 0),
    ]
    found = company.rows("""
        select iso_week, campaign_id, cast(platform_conversions as varchar) from marts.fct_channel_weekly
        where week_start >= '2026-03-02' order by all
    """)
    assert ("2026-W10", "SYN-E", "510.4000") in found
    assert ("2026-W10", "SEA-M", None) in found


def test_the_command_says_that_claims_have_no_records(company: Company) -> None:
    with duckdb.connect(str(company.warehouse), read_only=True) as con:
        shown = text(collect_reconciliation(con, MONDAY, joint="platform_conversions_to_leads"))
    assert "510 platform conversions → 380 leads: both count 380" in shown
    assert "(platforms claim sums, not people: no records" in shown


def test_later_joints_name_their_rows_in_both_directions(company: Company) -> None:
    found = company.rows("""
        select joint, side, record_id, reason, detail from marts.fct_reconciliation_records
        where reason <> 'matched' and record_id in ('L1', 'O2', 'K1') and joint <> 'form_fills_to_leads' order by all
    """)
    assert found == [
        ("clicks_to_form_fills", "left", "K1", "duplicate", "visitor V0 clicked again"),
        ("handed_off_to_pipeline", "left", "L1", "stayed", "lead stands at handed off"),
        ("handed_off_to_pipeline", "right", "O2", "unexplained", "no lead: opened in the pipeline"),
        ("leads_to_handed_off", "left", "L1", "late", "counted in 2026-W11"),
        ("leads_to_handed_off", "right", "L1", "late", "counted in 2026-W10"),
    ]


def test_a_lead_that_has_not_come_so_far_stayed_and_one_that_stands_further_is_unexplained(company: Company) -> None:
    leads = [*(f"L{number}" for number in (2, 3, 4, 5, 6, 8)), *(f"L{number}" for number in range(10, 17))]
    found = company.rows(f"""
        select joint, record_id, reason, is_explained, detail from marts.fct_reconciliation_records
        where side = 'left' and reason <> 'matched' and joint in ('leads_to_handed_off', 'handed_off_to_pipeline')
            and record_id in ({", ".join(f"'{lead_id}'" for lead_id in leads)})
        order by joint desc, cast(record_id[2:] as int)
    """)
    before_handoff, before_pipeline = "leads_to_handed_off", "handed_off_to_pipeline"
    assert found == [
        (before_handoff, "L2", "stayed", True, "lead stands at new"),
        (before_handoff, "L3", "stayed", True, "lead stands at disqualified"),
        (before_handoff, "L4", "stayed", True, "lead stands at rejected"),
        (before_handoff, "L5", "stayed", True, "lead stands at recycled"),
        (before_handoff, "L6", "unexplained", False, "lead stands at accepted"),
        (before_handoff, "L8", "unexplained", False, "lead stands at opportunity"),
        (before_pipeline, "L10", "stayed", True, "lead stands at handed off"),
        (before_pipeline, "L11", "stayed", True, "lead stands at accepted"),
        (before_pipeline, "L12", "stayed", True, "lead stands at meeting"),
        (before_pipeline, "L13", "stayed", True, "lead stands at rejected"),
        (before_pipeline, "L14", "stayed", True, "lead stands at disqualified"),
        (before_pipeline, "L15", "deleted", True, "opportunity O4 was deleted in the CRM"),
        (before_pipeline, "L16", "stayed", True, "lead stands at recycled"),
    ]


def test_leads_that_stayed_are_the_explained_part_of_their_gap(company: Company) -> None:
    rows = company.rows(f"""
        select joint, left_count, right_count, gap, matched, left_late, left_deleted, left_stayed, left_unexplained,
            right_stayed, right_unexplained, gap_explained, gap_unexplained
        from marts.fct_source_reconciliation where {WEEK} and joint[:4] in ('lead', 'hand') order by joint desc
    """)
    # Of 380 leads 8 were handed off (L0, L10 to L16), L1 a week later; L6 and L8 stand further without: 369 stayed.
    # Of the 8, L0 has a deal and L15 had one; L8's deal was never handed off, and stands against the 7 explained.
    assert rows == [
        ("leads_to_handed_off", 380, 8, 372, 8, 1, 0, 369, 2, 0, 0, 370, 2),
        ("handed_off_to_pipeline", 8, 2, 6, 1, 0, 1, 6, 0, 0, 1, 7, -1),
    ]


def test_the_command_tells_who_stayed(company: Company) -> None:
    with duckdb.connect(str(company.warehouse), read_only=True) as con:
        shown = text(collect_reconciliation(con, MONDAY, source="syndication", joint="leads_to_handed_off", limit=500))
    assert "only in leads: 372 = 1 late + 369 stayed + 2 unexplained" in shown
    assert "  leads: stayed      L4 (lead stands at rejected)" in shown


def test_the_command_prints_the_chain_and_the_rows(company: Company) -> None:
    with duckdb.connect(str(company.warehouse), read_only=True) as con:
        found = collect_reconciliation(con, MONDAY, source="syndication", joint="form_fills_to_leads", limit=200)
    shown = text(found)
    assert "500 form fills → 380 leads: both count 380" in shown
    assert (
        "only in form fills: 120 = 40 duplicate + 25 bot + 20 internal + 12 late + 15 deleted + 8 unexplained" in shown
    )
    named = [line for line in shown.splitlines() if "F465" in line]
    assert len(named) == 1
    assert "deleted" in named[0]
    assert named[0].endswith(":467")


def test_a_week_in_which_nothing_was_counted_says_what_was(company: Company) -> None:
    with (
        duckdb.connect(str(company.warehouse), read_only=True) as con,
        pytest.raises(NothingToReconcileError, match="Sources that were counted: syndication, unmapped"),
    ):
        collect_reconciliation(con, date(2026, 5, 4))
