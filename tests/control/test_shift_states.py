"""A shift's life after the playbook: decisions of people, Tuesdays that come, weeks that are computed again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from orchestration.control.decisions import DecisionRefusedError, decide_on_shift, decision_log
from orchestration.control.shift_states import as_history, is_zero_sum, shift_states
from orchestration.control.shift_week import PlaybookWeek, decision_day, shifts_of_week, stands
from orchestration.control.shifts import decide
from orchestration.settings import Settings
from tests.control.shift_world import MONDAY_AFTER, NO_HISTORY, WEEK, evidence, rule, sources, teams

TUESDAY = date(2026, 3, 10)
AS_OF = datetime.fromisoformat("2026-03-09T10:00:00")
BAD = {"synd": 0.7, "search": 1.0, "events": 1.0}


def week_rows(today: date = MONDAY_AFTER, history: pd.DataFrame = NO_HISTORY, **changes: Any) -> pd.DataFrame:
    facts = sources("events", "search", "synd", acquisitions=[20.0, 20.5, 6.0])
    week = PlaybookWeek(WEEK, [rule(deputies=["ae_lead"], **changes)], evidence(BAD), facts, teams())
    return shifts_of_week(week, today, AS_OF, history).assign(revision=1)


def entry(rows: pd.DataFrame, decision: str, amount: float | None = None) -> dict[str, Any]:
    total = float(rows["amount"].sum()) if amount is None else amount
    return {
        "shift_id": rows["shift_id"].iloc[0], "decision": decision, "decided_by": "sales_lead", "why": "because",
        "amount": total, "decided_at": AS_OF,
    }  # fmt: skip


def states(rows: pd.DataFrame, *decisions: dict[str, Any], today: date = MONDAY_AFTER) -> set[str]:
    return set(shift_states(rows, decisions, today)["state"])


def test_a_pre_agreed_shift_moves_by_itself_and_is_in_effect_from_its_tuesday_until_it_expires():
    rows = week_rows()
    assert states(rows) == {"approved"}
    assert states(rows, today=TUESDAY) == {"in_effect"}
    assert states(rows, today=TUESDAY + timedelta(weeks=8)) == {"ended"}


def test_a_shift_that_needs_a_decision_waits_for_it_and_lapses_without_one():
    rows = week_rows(approval="required")
    assert states(rows) == {"proposed"}
    assert states(rows, entry(rows, "approve")) == {"approved"}
    assert states(rows, today=TUESDAY) == {"expired"}
    assert states(rows, entry(rows, "approve"), today=TUESDAY) == {"in_effect"}


def test_the_last_decision_counts_and_all_are_counted():
    rows = week_rows()
    found = shift_states(rows, [entry(rows, "hold"), entry(rows, "reject"), entry(rows, "approve")], MONDAY_AFTER)
    assert set(found["state"]) == {"approved"}
    assert set(found["decisions"]) == {3}
    assert states(rows, entry(rows, "hold"), today=TUESDAY) == {"held"}
    assert states(rows, entry(rows, "approve"), entry(rows, "reject")) == {"rejected"}


def test_an_approval_is_of_an_amount_and_lapses_when_a_revision_moves_another():
    rows = week_rows(approval="required")
    assert states(rows, entry(rows, "approve", amount=9_000.0)) == {"proposed"}
    assert states(rows, entry(rows, "reject", amount=9_000.0)) == {"rejected"}


@pytest.mark.parametrize(
    ("decision", "today", "counts"),
    [(None, TUESDAY, False), ("approve", TUESDAY, True), ("reject", MONDAY_AFTER, False), (None, MONDAY_AFTER, True)],
)
def test_only_what_moved_or_still_may_cools_its_sources_down(decision: str | None, today: date, counts: bool):
    rows = week_rows(approval="required")
    made = [entry(rows, decision)] if decision else []
    history = as_history(shift_states(rows, made, today), today)
    later = WEEK + timedelta(weeks=1)
    moved = evidence(BAD).assign(week_start=lambda f: f["week_start"] + timedelta(weeks=1))
    facts = sources("events", "search", "synd", acquisitions=[20.0, 20.5, 6.0])
    again = decide([rule()], later, later + timedelta(weeks=1), moved, facts, teams(), history)
    assert set(again["state"]) == ({"cooling_down"} if counts else {"proposed"})


def test_an_expired_shift_is_undone_through_the_states_and_its_undoing_needs_no_approval():
    first = week_rows(approval="required")
    agreed = shift_states(first, [entry(first, "approve")], TUESDAY + timedelta(weeks=8))
    week, today = WEEK + timedelta(weeks=8), MONDAY_AFTER + timedelta(weeks=8, days=1)
    facts = sources("events", "search", "synd")
    healthy = PlaybookWeek(week, [rule(approval="required")], evidence({"synd": 1.0}), facts, teams())
    back = shifts_of_week(healthy, today, AS_OF, as_history(agreed, today)).assign(revision=1)
    assert set(back["verdict"]) == {"rollback"}
    both = pd.concat([first, back])
    found = shift_states(both, [entry(first, "approve")], today + timedelta(weeks=1)).set_index("verdict")["state"]
    assert set(found["rollback"]) == {"in_effect"}
    assert set(found["proposed"]) == {"undone"}
    assert is_zero_sum(shift_states(both, [], today))


def test_a_week_is_decided_between_its_close_and_the_next():
    assert decision_day(WEEK, date(2026, 3, 9)) == (date(2026, 3, 9), False)
    assert decision_day(WEEK, date(2026, 3, 15)) == (date(2026, 3, 15), False)
    assert decision_day(WEEK, date(2026, 3, 16)) == (date(2026, 3, 9), True)


def test_a_week_computed_after_the_next_closed_says_what_it_missed_and_moves_nothing():
    rows = week_rows(today=date(2026, 3, 16))
    assert set(rows["verdict"]) == {"missed"}
    assert "would have moved" in rows["reason"].iloc[0]
    found = shift_states(rows, [], date(2026, 3, 16))
    assert set(found["state"]) == {"missed"}
    assert not found["is_agreed"].any()
    kept = as_history(found, date(2026, 3, 16))
    assert not kept["state"].isin(["proposed", "rollback"]).any()


def test_decisions_stand_from_their_tuesday_or_the_next_close_on():
    rows, nothing = week_rows(), week_rows().iloc[:0]
    assert not stands(WEEK, rows, MONDAY_AFTER)
    assert stands(WEEK, rows, TUESDAY)
    assert not stands(WEEK, nothing, date(2026, 3, 15))
    assert stands(WEEK, nothing, date(2026, 3, 16))


MONDAY_NOON = datetime(2026, 3, 9, 16, tzinfo=UTC)


def say(settings: Settings, decision: str = "approve", by: str = "sales_lead", **kept: Any) -> bool:
    shifts = shift_states(kept.pop("rows", week_rows()), [], MONDAY_AFTER)
    given: dict[str, Any] = {"shift": shifts["shift_id"].iloc[0][:6], "why": "agreed in the review", "at": MONDAY_NOON}
    return decide_on_shift(
        decision_log(settings), shifts, decision=decision, by=by, zone=settings.zone, **(given | kept)
    )


def test_a_decision_is_kept_with_who_when_and_why_and_saying_it_twice_is_saying_it_once(settings: Settings):
    assert say(settings)
    assert not say(settings, at=MONDAY_NOON + timedelta(hours=1))
    assert say(settings, "reject", by="ae_lead", at=MONDAY_NOON + timedelta(hours=2), why="budget is frozen")
    entries = decision_log(settings).entries()
    assert [(e["decision"], e["decided_by"], e["why"]) for e in entries] == [
        ("approve", "sales_lead", "agreed in the review"),
        ("reject", "ae_lead", "budget is frozen"),
    ]
    assert entries[0]["decided_at"] == datetime.fromisoformat("2026-03-09T16:00:00")
    assert states(week_rows(), *entries) == {"rejected"}


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"by": "intern"}, "'intern' may not decide on shift .* its rule names sales_lead, ae_lead"),
        ({"why": "  "}, "needs its reason"),
        ({"shift": "zzz"}, "no shift is called 'zzz'"),
        ({"decision": "maybe"}, "use approve, hold, reject"),
        ({"at": datetime(2026, 3, 10, 4, tzinfo=UTC)}, "on 2026-03-10 it is too late"),
        ({"rows": week_rows(today=date(2026, 3, 16))}, "moves no money"),
    ],
)
def test_a_decision_that_may_not_be_is_refused_with_its_reason(settings: Settings, kept: dict[str, Any], message: str):
    with pytest.raises(DecisionRefusedError, match=message):
        say(settings, **kept)
    assert decision_log(settings).entries() == []


def test_late_on_monday_evening_business_time_a_decision_still_counts(settings: Settings):
    assert say(settings, at=datetime(2026, 3, 10, 3, 59, tzinfo=UTC))
