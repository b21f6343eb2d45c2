"""A week is provisional for seven days after its end in business time, then final; it never falls back."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from orchestration.control.week_state import WeekStatus, is_outdated, judge_weeks, state_when_closed

WEEK = date(2026, 3, 2)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("as_of", "state"),
    [
        ("2026-03-09T10:00:00+00:00", "provisional"),
        ("2026-03-16T03:59:59+00:00", "provisional"),
        ("2026-03-16T04:00:00+00:00", "final"),
    ],
)
def test_seven_days_end_at_business_midnight_also_when_the_clocks_changed_between(as_of, state):
    assert state_when_closed(WEEK, datetime.fromisoformat(as_of), NEW_YORK) == state


def test_an_open_or_unknown_week_is_blocked_with_its_reason():
    late = datetime.fromisoformat("2026-06-01T10:00:00+00:00")
    statuses = {WEEK: WeekStatus(WEEK, False, "crm.leads 2026-03-05", "f1")}
    still_open, unknown = judge_weeks([WEEK, date(2026, 3, 9)], statuses, late, NEW_YORK)
    assert still_open.state == unknown.state == "blocked"
    assert "crm.leads 2026-03-05" in still_open.reason
    assert "fct_week_status" in unknown.reason


def test_a_week_carries_its_iso_label_also_in_week_53():
    (judged,) = judge_weeks([date(2026, 12, 28)], {}, datetime.fromisoformat("2027-01-05T11:00+00:00"), NEW_YORK)
    assert judged.iso_week == "2026-W53"


@pytest.mark.parametrize(
    ("had", "now", "outdated"),
    [
        (("a", "provisional"), ("a", "provisional"), False),
        (("a", "provisional"), ("b", "provisional"), True),
        (("a", "provisional"), ("a", "final"), True),
        (("a", "blocked"), ("a", "provisional"), True),
        (("a", "final"), ("a", "provisional"), False),
        (("a", "final"), ("b", "provisional"), True),
    ],
)
def test_content_or_a_step_forward_outdates_a_revision(had, now, outdated):
    assert is_outdated(had, now) is outdated
