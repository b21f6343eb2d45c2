"""Handoffs through a week of daily runs: clocks that run on, late news, a merge undone, a policy that changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.models.afresh import differences_from_afresh
from tests.models.company import PLAN, Company
from tests.models.rows import activity, lead, spend, status

HANDOFFS = ["--select", "+path:models/marts/handoffs"]
PLAN_DAY = date(2025, 12, 20)
MONDAY, TUESDAY, WEDNESDAY, NEXT_MONDAY = (date(2026, 3, day) for day in (2, 3, 4, 9))


@dataclass(frozen=True)
class Week:
    """The company after its last daily run, and what the handoffs were after each."""

    company: Company
    after: Mapping[date, Mapping[str, tuple[Any, ...]]]


def owner(event_id: str, lead_id: str, event_at: str, user_id: str) -> dict[str, Any]:
    """A row of crm.lead_events: the lead went to another owner."""
    return {**status(event_id, lead_id, event_at, user_id), "event_type": "owner"}


def user(user_id: str, team: str, updated_at: str) -> dict[str, Any]:
    """A row of crm.users."""
    return {"user_id": user_id, "team": team, "updated_at": updated_at}


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    company = Company(Path(tmp_path_factory.mktemp("handoffs")))
    company.land_plan(PLAN_DAY)
    after: dict[date, Mapping[str, tuple[Any, ...]]] = {}
    for day, news in ((MONDAY, _monday), (TUESDAY, _tuesday), (WEDNESDAY, _wednesday), (NEXT_MONDAY, _next_monday)):
        news(company)
        company.run_day(day, HANDOFFS, command="build" if day == NEXT_MONDAY else "run")
        after[day] = _handoffs(company)
    return Week(company, after)


def _monday(company: Company) -> None:
    company.land(
        "crm.users",
        [user("s1", "sdr", "2026-01-01T00:00Z"), user("s2", "sdr", "2026-03-01T00:00Z"),
         user("a1", "ae", "2026-01-01T00:00Z")],
        MONDAY,
    )  # fmt: skip
    company.land("crm.leads", [lead(f"L{n}", "2026-03-02T14:00Z", campaign_id="SYN-E") for n in range(1, 6)], MONDAY)
    company.land(
        "crm.lead_events",
        [
            *(owner(f"O{n}", f"L{n}", "2026-03-02T14:30Z", "s1") for n in (1, 2, 3, 5)),
            status("waits", "L1", "2026-03-02T21:30Z", "MQL"),
            status("answered", "L2", "2026-03-02T15:00Z", "MQL"),
            status("merged", "L3", "2026-03-02T16:00Z", "MQL"),
            status("first", "L5", "2026-03-02T15:00Z", "MQL"),
            status("E1", "L5", "2026-03-02T18:00Z", "Recycled", from_value="MQL", reason="No_Need"),
        ],
        MONDAY,
    )
    company.land("crm.activities", [activity("A1", "L5", "2026-03-02T15:30Z", "call", owner_id="s1")], MONDAY)


def _tuesday(company: Company) -> None:
    """Monday's call of s2 turns up, L3 is merged into L4, L5 is offered again; spend and verdicts are known."""
    company.land("crm.activities", [activity("A2", "L2", "2026-03-02T15:30Z", "call", owner_id="s2")], TUESDAY)
    company.land(
        "crm.leads",
        [lead("L3", "2026-03-02T14:00Z", updated_at="2026-03-03T15:00Z", campaign_id="SYN-E",
              merged_into_lead_id="L4")],
        TUESDAY,
    )  # fmt: skip
    company.land("crm.lead_events", [status("again", "L5", "2026-03-03T15:00Z", "MQL", from_value="Recycled")], TUESDAY)
    company.land("ads.ad_spend", [spend("2026-03-02", "SYN-E", "100")], TUESDAY)
    company.inspect(
        MONDAY,
        [{"lead_id": "L5", "verdict": "defective", "defects": 1}],
        [{"lead_id": "L5", "criterion_code": "ROLE"}],
    )
    company.inspect(TUESDAY, [{"lead_id": "L5", "verdict": "ready"}])


def _wednesday(company: Company) -> None:
    """The merge is undone, s2 had left the team before Monday, and the promise gets shorter on Thursday."""
    company.land(
        "crm.leads",
        [lead("L3", "2026-03-02T14:00Z", updated_at="2026-03-04T15:00Z", campaign_id="SYN-E")],
        WEDNESDAY,
    )
    company.land("crm.users", [user("s2", "marketing", "2026-03-02T00:00Z")], WEDNESDAY)
    old = [{**row, "valid_to": "2026-03-04"} if row["policy"] == "sdr" else row for row in PLAN["sla_policy"]]
    new = {**PLAN["sla_policy"][0], "policy": "fast", "valid_from": "2026-03-05", "respond_within_minutes": 30}
    company.land("plan.sla_policy", [*old, new], WEDNESDAY)


def _next_monday(company: Company) -> None:
    """A lead of Thursday, and the answer to the one that waits since last Monday."""
    company.land("crm.leads", [lead("L7", "2026-03-05T14:00Z", campaign_id="SYN-E", owner_id="s1")], NEXT_MONDAY)
    company.land(
        "crm.lead_events",
        [
            status("fast", "L7", "2026-03-05T15:00Z", "MQL"),
            status("E2", "L1", "2026-03-09T15:00Z", "Sales Accepted", from_value="MQL"),
        ],
        NEXT_MONDAY,
    )
    company.land(
        "crm.activities",
        [
            activity("A3", "L7", "2026-03-05T15:40Z", "call", owner_id="s1"),
            activity("A4", "L1", "2026-03-09T14:00Z", "call", owner_id="s1"),
        ],
        NEXT_MONDAY,
    )


def _handoffs(company: Company) -> dict[str, tuple[Any, ...]]:
    rows = company.rows(
        "select handoff_id, lead_id, business_minutes_to_response, is_breach, is_on_time, outcome"
        " from marts.fct_handoffs"
    )
    return {handoff: tuple(rest) for handoff, *rest in rows}


def test_an_open_handoff_becomes_late_by_the_passing_of_time_alone(week: Week) -> None:
    assert week.after[MONDAY]["waits"] == ("L1", None, False, None, "open")
    assert week.after[TUESDAY]["waits"] == ("L1", None, True, False, "open")


def test_the_wait_counts_office_hours_only_over_the_weekend_and_the_switch_to_summer_time(week: Week) -> None:
    # Half an hour on Monday, four days of eight hours, an hour on Monday from 9 to 10 New York summer time.
    assert week.after[NEXT_MONDAY]["waits"] == ("L1", 30.0 + 4 * 480 + 60, True, False, "accepted")


def test_a_call_that_turns_up_late_mends_the_breach_it_seemed(week: Week) -> None:
    assert week.after[MONDAY]["answered"] == ("L2", None, True, False, "open")
    assert week.after[TUESDAY]["answered"] == ("L2", 30.0, False, None, "open")


def test_a_call_of_one_who_had_left_the_team_is_no_response(week: Week) -> None:
    assert week.after[WEDNESDAY]["answered"] == ("L2", None, True, False, "open")


def test_a_handoff_follows_its_lead_into_a_merge_and_out_of_it(week: Week) -> None:
    assert [week.after[day]["merged"][0] for day in (MONDAY, TUESDAY, WEDNESDAY)] == ["L3", "L4", "L3"]


def test_a_recycled_lead_is_presented_again_as_it_then_is(week: Week) -> None:
    found = week.company.rows(
        "select handoff_id, attempt_no, outcome, reason_category, verdict, defect_codes, is_in_full, first_pass,"
        " cost_of_poor_quality from marts.fct_handoffs where lead_id = 'L5' order by attempt_no"
    )
    # Five leads were bought for 100 in that week, and one more on Thursday.
    assert found == [
        ("first", 1, "recycled", "no_need_or_timing", "defective", "ROLE", False, False, Decimal("16.66")),
        ("again", 2, "open", None, "ready", None, True, None, Decimal("0.00")),
    ]


def test_each_handoff_keeps_the_promise_in_force_at_its_offer(week: Week) -> None:
    found = week.company.rows(
        "select handoff_id, sla_policy, is_breach from marts.fct_handoffs"
        " where handoff_id in ('fast', 'first') order by 1"
    )
    assert found == [("fast", "fast", True), ("first", "sdr", False)]


def test_the_week_shows_what_was_offered_and_what_waits(week: Week) -> None:
    found = week.company.rows(
        "select iso_week, handoffs, decided, returned, wip, cost_of_poor_quality"
        " from marts.fct_handoffs_weekly order by 1"
    )
    assert found == [("2026-W10", 6, 2, 1, 5, Decimal("16.66")), ("2026-W11", 0, 0, 0, 4, None)]


def test_daily_runs_end_where_a_full_refresh_does(week: Week, tmp_path: Path) -> None:
    assert differences_from_afresh(week.company, tmp_path, NEXT_MONDAY, HANDOFFS) == {}


def test_the_same_run_again_writes_nothing(week: Week) -> None:
    marks = "select handoff_id, _modelled_at from marts.fct_handoffs order by 1"
    before = week.company.rows(marks)
    week.company.run_day(NEXT_MONDAY, HANDOFFS)
    assert week.company.rows(marks) == before
