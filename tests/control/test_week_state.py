"""A week is provisional for seven days after its end in business time, then final; it never falls back."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from orchestration.control.week_state import WeekStatus, is_outdated, judge_weeks, state_when_closed

WEEK = date(2026, 3, 2)
NEW_YORK = ZoneInfo("America/New_York")
NO_LINES = pd.DataFrame(columns=["setting", "valid_from", "valid_to", "value"])


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
    still_open, unknown = judge_weeks([WEEK, date(2026, 3, 9)], statuses, NO_LINES, late, NEW_YORK)
    assert still_open.state == unknown.state == "blocked"
    assert "crm.leads 2026-03-05" in still_open.reason
    assert "fct_week_status" in unknown.reason


@pytest.mark.parametrize(
    ("share", "days_after", "state"),
    [
        (None, 1, "provisional"),
        (None, 8, "final"),
        (0.98, 8, "final"),
        (0.979, 1, "provisional"),
        (0.979, 8, "provisional"),
        (0.8, 8, "provisional"),
        (0.799, 1, "blocked"),
        (0.799, 8, "blocked"),
    ],
)
def test_a_week_is_final_with_98_percent_of_its_records_in_and_blocked_below_80(share, days_after, state):
    lacking = "crm.leads 78 % (next to nothing of 2026-03-06, 2026-03-07), web.web_touches 97 %"
    status = WeekStatus(WEEK, True, None, "f1", None, share, lacking)
    as_of = datetime(2026, 3, 8 + days_after, 10, tzinfo=UTC)
    (judged,) = judge_weeks([WEEK], {WEEK: status}, NO_LINES, as_of, NEW_YORK)
    assert judged.state == state
    assert (lacking in judged.reason) == (share is not None and share < 0.98)


def test_the_plan_says_how_much_of_a_week_must_be_in():
    status = WeekStatus(WEEK, True, None, "f1", None, 0.9, "crm.leads 90 %")
    lines = [("complete_judged", "2026-01-01", "2026-03-01", 0.95), ("complete_final", "2026-03-01", None, 0.85)]
    policy = pd.DataFrame(lines, columns=NO_LINES.columns)
    (judged,) = judge_weeks([WEEK], {WEEK: status}, policy, datetime(2026, 3, 20, tzinfo=UTC), NEW_YORK)
    assert (judged.state, judged.reason) == ("final", "")


def test_a_reason_is_one_clause_of_a_revisions_reasons():
    status = WeekStatus(WEEK, False, "ads.ad_spend from 2026-03-05; crm.leads from 2026-03-06", "f1")
    (judged,) = judge_weeks([WEEK], {WEEK: status}, NO_LINES, datetime(2026, 3, 20, tzinfo=UTC), NEW_YORK)
    assert judged.reason == "not closed, missing ads.ad_spend from 2026-03-05, crm.leads from 2026-03-06"


def test_a_week_carries_its_iso_label_also_in_week_53():
    (judged,) = judge_weeks([date(2026, 12, 28)], {}, NO_LINES, datetime(2027, 1, 5, 11, tzinfo=UTC), NEW_YORK)
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
