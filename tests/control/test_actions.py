"""An action lives from its signal to a confirmed outcome and its controller's signature, also when replayed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.control.action_rows import SIGNAL_COLUMNS, VARIANCE_COLUMNS, action_frame, policies_of, weeks_seen
from orchestration.control.actions import Action, Policy, WeekSeen, action_id, replay
from orchestration.control.loop_schemas import ACTION_SCHEMA
from orchestration.control.signatures import SignatureRefusedError, sign_action, signature_log
from orchestration.settings import Settings

ZONE = ZoneInfo("America/New_York")
WEEK = date(2026, 3, 2)
RED = ("green_red_disconnect", "synd/enterprise")
LATE = ("truth_lag", "crm.leads")
POLICIES = {
    RED[0]: Policy("", "sales_ops", "marketing_lead", 14, "lead_to_accepted", 0.95, 2),
    LATE[0]: Policy("data_team", "marketing_ops", "finance", 7, "signal_gone", 1.0, 1),
}
ID = action_id(RED, WEEK)


def seen(week: int, *signals: tuple[str, str], ratio: float | None = 0.7, revision: int = 1, days: int = 0) -> WeekSeen:
    """Week number `week` as computed on the Monday after it, `days` later for a later revision."""
    start = WEEK + timedelta(weeks=week)
    facts = {"source": "synd", "segment": "enterprise", "owner_role": "content_marketing", "money_at_risk": 10_000.0}
    return WeekSeen(
        week_start=start,
        revision=revision,
        seen_at=datetime(start.year, start.month, start.day, 10) + timedelta(days=7 + days),  # noqa: DTZ001
        signals={subject: facts | {"evidence": "fewer accepted"} for subject in signals},
        outcomes={("lead_to_accepted", "synd", "enterprise"): ratio},
    )


def signature(week: int, action: str = ID, by: str = "sales_ops") -> dict[str, Any]:
    at = datetime(2026, 3, 9, 15) + timedelta(weeks=week)  # noqa: DTZ001
    return {"action_id": action, "signed_by": by, "why": "seen in the review", "signed_at": at}


def only(*weeks: WeekSeen, signed: list[dict[str, Any]] | None = None) -> Action:
    (action,) = replay(weeks, signed or [], POLICIES, ZONE)
    return action


def test_a_signal_makes_an_action_with_owner_due_date_and_expected_outcome():
    action = only(seen(0, RED))
    row = action_frame([action], date(2026, 3, 9)).iloc[0]
    assert (row["owner"], row["controller"], row["state"]) == ("content_marketing", "sales_ops", "open")
    assert (row["opened_on"], row["due_on"]) == (date(2026, 3, 9), date(2026, 3, 23))
    assert row["expected_outcome"] == "lead_to_accepted at 95% of plan or more for 2 weeks in a row"
    assert list(row.index) == ACTION_SCHEMA.names


def test_a_signal_that_goes_on_is_one_action_that_keeps_up_with_it():
    action = only(seen(0, RED), seen(1, RED), seen(2, RED))
    assert (action.action_id, action.opened_week) == (ID, WEEK)
    assert action.last_seen_week == WEEK + timedelta(weeks=2)


def test_it_closes_only_when_the_outcome_confirms_it_and_its_controller_has_signed():
    ill, well = seen(0, RED), [seen(w, ratio=0.97) for w in (1, 2)]
    assert only(ill, *well).state(date(2026, 3, 23)) == "confirmed"
    assert only(ill, signed=[signature(0)]).state(date(2026, 3, 23)) == "signed"
    assert only(ill, *well, signed=[signature(2)]).state(date(2026, 3, 23)) == "closed"
    assert only(ill, *well, signed=[signature(0)]).ended_on == date(2026, 3, 23)
    once = [seen(1, ratio=0.97), seen(2, RED, ratio=0.8)]
    assert only(ill, *once, signed=[signature(0)]).state(date(2026, 3, 23)) == "signed"


def test_an_outcome_that_is_not_known_confirms_nothing():
    action = only(seen(0, RED), seen(1, ratio=None), seen(2, ratio=0.97))
    assert action.good_weeks == 1
    assert not action.is_confirmed


def test_what_closed_stays_closed_and_the_next_fall_is_a_new_action():
    weeks = [seen(0, RED), seen(1, ratio=0.97), seen(2, ratio=0.97), seen(3, RED, ratio=0.6)]
    first, second = replay(weeks, [signature(2)], POLICIES, ZONE)
    assert first.state(date(2026, 4, 6)) == "closed"
    assert second.opened_week == WEEK + timedelta(weeks=3)
    assert second.state(date(2026, 4, 6)) == "open"


def test_an_overdue_action_escalates_to_the_named_role_until_it_ends():
    action = only(seen(0, RED), seen(1, RED), seen(2, RED))
    assert action.state(date(2026, 3, 23)) == "open"
    row = action_frame([action], date(2026, 3, 24)).iloc[0]
    assert (row["state"], row["escalated_to"]) == ("escalated", "marketing_lead")
    assert only(seen(0, RED), seen(1, ratio=1.0), seen(2, ratio=1.0)).state(date(2026, 3, 24)) == "escalated"


def test_a_revision_without_the_signal_withdraws_its_action_with_the_reason():
    action = only(seen(0, RED), seen(0, revision=2, days=1))
    assert action.state(date(2026, 3, 10)) == "withdrawn"
    assert action.withdrawn_because == "revision 2 of the week of 2026-03-02 no longer shows the signal"
    again = only(seen(0, RED), seen(0, revision=2, days=1), seen(0, RED, revision=3, days=2))
    assert (again.action_id, again.state(date(2026, 3, 11))) == (ID, "open")


def test_a_signal_withdrawn_from_its_first_week_that_a_later_week_shows_is_an_action_of_that_week():
    found = replay([seen(0, RED), seen(1, RED), seen(0, revision=2, days=8)], [], POLICIES, ZONE)
    assert [a.state(date(2026, 3, 17)) for a in found] == ["withdrawn", "open"]
    assert found[1].opened_week == WEEK + timedelta(weeks=1)
    assert found[1].opened_on == date(2026, 3, 16)


def test_a_signal_that_merely_stops_is_not_withdrawn_but_must_be_confirmed():
    gone = only(seen(0, LATE), seen(1))
    assert gone.is_confirmed
    assert gone.state(date(2026, 3, 16)) == "confirmed"
    assert not only(seen(0, LATE), seen(1, LATE)).is_confirmed


def test_history_loaded_afterwards_makes_no_action_but_what_still_goes_on_does():
    old = [seen(w, RED, days=7 * (3 - w)) for w in range(3)]
    assert replay(old, [], POLICIES, ZONE) == []
    assert only(*old, seen(3, RED)).opened_week == WEEK + timedelta(weeks=3)


def test_a_kind_of_signal_without_a_policy_makes_no_action():
    assert replay([seen(0, ("starvation", "x"))], [], POLICIES, ZONE) == []


histories = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.booleans(), st.sampled_from([0.5, 0.96, None]), st.integers(0, 6)),
    max_size=12,
)


@given(histories, st.lists(st.integers(0, 5), max_size=3), st.randoms(use_true_random=False))
def test_a_replay_in_any_order_of_the_files_gives_the_same_actions_and_one_runs_per_subject(history, signed, rng):
    counts: dict[int, int] = {}
    weeks: list[WeekSeen] = []
    for week, red, late, ratio, days in history:
        counts[week] = counts.get(week, 0) + 1
        shown = [subject for subject, on in ((RED, red), (LATE, late)) if on]
        weeks.append(seen(week, *shown, ratio=ratio, revision=counts[week], days=10 * counts[week] + days))
    entries = [signature(week) for week in signed]
    found = replay(weeks, entries, POLICIES, ZONE)
    shuffled = rng.sample(weeks, len(weeks))
    assert replay(shuffled, entries, POLICIES, ZONE) == found
    running = [(a.signal, a.subject) for a in found if a.is_running]
    assert len(running) == len(set(running))
    for action in found:
        if action.state(date(2027, 1, 1)) == "closed":
            assert action.is_confirmed
            assert action.signed is not None


def test_stored_revisions_are_read_as_weeks_with_signals_outcomes_and_slow_teams():
    monday = pd.Timestamp(WEEK)
    variance = pd.DataFrame(
        [
            (monday, 1, pd.Timestamp("2026-03-09 10:00"), "provisional", "synd", "enterprise", "leads", 200.0, 150.0),
            (monday, 1, pd.Timestamp("2026-03-09 10:00"), "provisional", "synd", "enterprise", "won", 0.0, 1.0),
            (monday, 2, pd.Timestamp("2026-03-10 10:00"), "blocked", "synd", "enterprise", "leads", 200.0, 150.0),
        ],
        columns=list(VARIANCE_COLUMNS),
    )
    signals = pd.DataFrame(
        [
            (monday, 1, *RED, "synd", "enterprise", "open", None, float("nan"), "e"),
            (monday, 1, *LATE, "all", "all", "watch", "data_team", 1.0, "e"),
        ],
        columns=list(SIGNAL_COLUMNS),
    )
    shifts = pd.DataFrame(
        [(monday, 1, "fix_sla", "search", "answer in time", 500.0), (monday, 1, "proposed", "synd", "moved", 1.0)],
        columns=["week_start", "revision", "verdict", "from_source", "reason", "money_at_risk"],
    )
    (week,) = weeks_seen(variance, signals, shifts)
    assert (week.week_start, week.revision, week.seen_at) == (WEEK, 1, datetime.fromisoformat("2026-03-09T10:00:00"))
    assert set(week.signals) == {RED, ("fix_sla", "search")}
    assert week.signals[RED]["money_at_risk"] is None
    assert week.outcomes == {("leads", "synd", "enterprise"): 0.75, ("won", "synd", "enterprise"): None}


def test_an_owner_that_the_policy_leaves_empty_is_whom_the_signal_names():
    line = {
        "signal": RED[0], "owner": None, "controller": "c", "escalate_to": "e", "due_days": 7,
        "outcome_metric": "leads", "outcome_target": 0.9, "confirm_weeks": 1,
    }  # fmt: skip
    assert policies_of(pd.DataFrame([line]))[RED[0]] == Policy("", "c", "e", 7, "leads", 0.9, 1)
    assert policies_of(pd.DataFrame([line | {"owner": "o"}]))[RED[0]].owner == "o"


NOON = datetime(2026, 3, 9, 16, tzinfo=UTC)


def sign(settings: Settings, by: str = "sales_ops", why: str = "seen", at: datetime = NOON, **kept: Any) -> bool:
    action = kept.get("row", only(seen(0, RED)))
    actions = action_frame([action], date(2026, 3, 10))
    return sign_action(signature_log(settings), actions, kept.get("action", ID[:5]), by, why, at)


def test_a_controller_signs_once(settings: Settings):
    assert sign(settings)
    assert not sign(settings, at=NOON + timedelta(hours=1))
    (entry,) = signature_log(settings).entries()
    assert (entry["action_id"], entry["signed_by"], entry["why"]) == (ID, "sales_ops", "seen")


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"by": "content_marketing"}, "'content_marketing' may not sign action .* its controller is sales_ops"),
        ({"why": ""}, "needs its reason"),
        ({"action": "zz"}, "0 actions begin with 'zz'"),
        ({"row": only(seen(0, RED), seen(0, revision=2, days=1))}, "is withdrawn: there is nothing to sign"),
    ],
)
def test_a_signature_that_may_not_be_is_refused_with_its_reason(settings: Settings, kept: dict[str, Any], message: str):
    with pytest.raises(SignatureRefusedError, match=message):
        sign(settings, **kept)
    assert signature_log(settings).entries() == []
