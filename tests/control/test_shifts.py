"""What the playbook does with a week, case by case."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.control.capacity import lead_room
from orchestration.control.shifts import decide, net_by_source, new_budgets
from tests.control.shift_world import MONDAY_AFTER, NO_HISTORY, WEEK, evidence, rule, sources, teams

BAD = {"synd": 0.7, "search": 1.0, "events": 1.0}
GOOD_SPLIT: dict[str, Any] = {"acquisitions": [20.0, 20.5, 6.0]}


def world(**changes: Any) -> pd.DataFrame:
    return sources("events", "search", "synd", **(GOOD_SPLIT | changes))


def shifts(facts: pd.DataFrame | None = None, ratio: dict[str, float] | None = None, **kept: Any) -> pd.DataFrame:
    given: dict[str, Any] = {
        "rules": [rule()],
        "week_start": WEEK,
        "decided_on": MONDAY_AFTER,
        "evidence": evidence(ratio or BAD),
        "sources": world() if facts is None else facts,
        "teams": teams(),
        "history": NO_HISTORY,
    }
    return decide(**(given | kept))


def test_a_fall_moves_a_fifth_of_the_source_to_better_ones_next_tuesday():
    found = shifts()
    assert set(found["state"]) == {"proposed"}
    assert set(found["from_source"]) == {"synd"}
    assert found["amount"].sum() == 10_000
    assert set(found["effective_on"]) == {date(2026, 3, 10)}
    assert set(found["expires_on"]) == {date(2026, 3, 10) + timedelta(weeks=8)}
    assert set(found["to_source"]) == {"search", "events"}
    assert found["predicted_gain"].iloc[0] > 0


def test_the_receivers_marginal_costs_are_levelled():
    found = shifts().set_index("to_source")["amount"]
    spend = {"search": 50_000 + found["search"], "events": 50_000 + found["events"]}
    marginal = {s: won * spend[s] ** -0.3 for s, won in (("search", 20.5), ("events", 20.0))}
    assert marginal["search"] == pytest.approx(marginal["events"], rel=1e-4)


def test_a_lone_good_source_takes_no_more_than_its_ramp_and_the_rest_is_reserved():
    found = shifts(world(acquisitions=[0.0, 20.0, 6.0], spend=[5_000.0, 20_000.0, 50_000.0]))
    assert found.set_index("to_source")["amount"].to_dict() == {"search": 4_000, "reserve": 6_000}


def test_a_team_without_room_receives_nothing():
    found = shifts(teams=teams(people=4).assign(qualified_leads=300.0))
    assert found.set_index("to_source")["amount"].to_dict() == {"reserve": 10_000}


def test_receivers_of_one_team_share_its_room():
    just = teams(people=4).assign(qualified_leads=236.0)
    found = shifts(teams=just).set_index("to_source")["amount"]
    added = found.drop("reserve").sum() / 250
    free = shifts(teams=just.assign(qualified_leads=0.0)).set_index("to_source")["amount"]
    assert "reserve" not in free
    assert added == pytest.approx(lead_room(just)["sdr"], abs=1e-3)


def test_a_source_that_is_not_surely_better_receives_nothing():
    found = shifts(world(acquisitions=[6.2, 6.2, 6.0], events=[5.0, 5.0, 5.0]))
    assert found["to_source"].tolist() == ["reserve"]


def test_max_spend_binds():
    found = shifts(world(max_spend=[51_000.0, 52_000.0, np.inf])).set_index("to_source")["amount"]
    assert found.to_dict() == {"events": 1_000, "search": 2_000, "reserve": 7_000}


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"truth_lag_p95_hours": 30.0}, "hold_data", "p95 lag of 30 h"),
        ({"truth_lag_p95_hours": np.nan}, "hold_data", "not enough truth"),
        ({"spend_reconciled": False}, "hold_data", "not reconciled"),
        ({"spend_reconciled": None}, "hold_data", "not reconciled"),
        ({"dq_blocking_passed": False}, "hold_data", "blocking data test"),
        ({"leads": 99.0}, "too_young", "99 leads"),
        ({"expected_events": 4.0, "maturity": 0.2}, "too_young", "4.0 events"),
        ({"loss_share_ready": 0.1}, "fix_sla", "mend the effort"),
        ({"loss_share_ready": np.nan}, "fix_sla", "mend the effort"),
    ],
)
def test_a_gate_that_is_shut_or_unknown_moves_nothing_and_says_why(changes: dict[str, Any], state: str, reason: str):
    found = shifts(world(**changes))
    assert found["state"].tolist() == [state]
    assert reason in found["reason"].iloc[0]
    assert found["amount"].sum() == 0


def test_one_bad_week_does_not_trigger_a_rule_that_asks_for_two_of_three():
    assert shifts(evidence=evidence(BAD, weeks=1)).empty
    assert not shifts(evidence=evidence(BAD, weeks=2)).empty


def test_a_fall_that_ended_last_week_does_not_trigger():
    old = evidence(BAD)
    now = evidence({"synd": 1.0}, weeks=1)
    mixed = pd.concat([old[(old["source"] != "synd") | (old["week_start"] < WEEK)], now])
    assert shifts(evidence=mixed).empty


def test_excluded_sources_neither_give_nor_receive():
    protected = rule(scope={"exclude": ["search"]})
    assert "search" not in set(shifts(rules=[protected])["to_source"])
    assert shifts(rules=[rule(scope={"exclude": ["synd"]})]).empty
    assert shifts(rules=[rule(scope={"sources": ["search"]})]).empty


def test_a_rule_approved_after_the_week_began_does_nothing():
    assert shifts(rules=[rule(approved_on="2026-03-02")]).empty


def test_a_cusum_rule_fires_from_its_level():
    act = rule(trigger={"metric": "cusum", "stream": "lead_to_meeting"})
    high = rule(trigger={"metric": "cusum", "stream": "lead_to_meeting", "h": 6.5})
    other = rule(trigger={"metric": "cusum", "stream": "lead_to_meeting", "theta": 0.7})
    assert shifts(rules=[act])["state"].iloc[0] == "proposed"
    assert shifts(rules=[high]).empty
    assert shifts(rules=[other]).empty


def test_a_cusum_moves_nothing_from_a_source_that_reads_as_on_plan():
    alarm = rule(trigger={"metric": "cusum", "stream": "lead_to_meeting"})
    low, recovered = (evidence({"synd": ratio}).assign(cusum=6.0) for ratio in (0.94, 0.96))
    assert set(shifts(rules=[alarm], evidence=low)["from_source"]) == {"synd"}
    assert shifts(rules=[alarm], evidence=recovered).empty


def test_of_two_rules_that_fire_the_larger_cut_wins():
    small = rule("small", action={"shift_pct_of_source": 10, "max_total_moved_pct": 50}, priority=1)
    assert set(shifts(rules=[small, rule()])["rule_id"]) == {"fall"}


def test_a_rule_that_is_stopped_gives_way_to_one_that_is_not():
    strict = rule("strict", min_sample={"leads": 1_000}, priority=1)
    assert set(shifts(rules=[strict, rule()])["rule_id"]) == {"fall"}


def test_what_all_cuts_together_may_move_goes_to_the_worst_first():
    tight = rule(action={"shift_pct_of_source": 20, "max_total_moved_pct": 8})
    found = shifts(rules=[tight], ratio={"synd": 0.7, "events": 0.8, "search": 1.0})
    taken = found.groupby("from_source")["amount"].sum()
    assert taken.to_dict() == {"synd": 10_000, "events": 2_000}


def test_a_worse_source_keeps_its_place_when_a_sharper_rule_takes_over():
    """A CUSUM's strength exceeds 1, a probability never does: order by strength alone would send it to the back."""
    by_cusum = rule(
        "cusum",
        trigger={"metric": "cusum", "stream": "lead_to_meeting"},
        action={"shift_pct_of_source": 15, "max_total_moved_pct": 8},
    )
    sharper = rule(
        "sharper",
        trigger={"metric": "post_prob", "of": "rate_ratio(lead_to_meeting) < 0.9", "value": 0.99},
        action={"shift_pct_of_source": 25, "max_total_moved_pct": 8},
    )
    taken = [
        shifts(rules=[by_cusum, sharper], ratio={"synd": ratio, "events": 0.88, "search": 1.0})
        .groupby("from_source")["amount"]
        .sum()
        for ratio in (0.87, 0.7)
    ]
    assert taken[0].to_dict() == {"events": 7_500, "synd": 4_500}
    assert taken[1].to_dict() == {"events": 0, "synd": 12_000}


def test_min_spend_remains():
    found = shifts(rules=[rule(action={"shift_pct_of_source": 20, "max_total_moved_pct": 50, "min_spend": 45_000})])
    assert found["amount"].sum() == 5_000
    none = shifts(rules=[rule(action={"shift_pct_of_source": 20, "max_total_moved_pct": 50, "min_spend": 50_000})])
    assert none["state"].tolist() == ["no_room"]


def test_after_a_shift_its_sources_cool_down():
    first = shifts()
    later = WEEK + timedelta(weeks=3)
    moved = evidence(BAD).assign(week_start=lambda f: f["week_start"] + timedelta(weeks=3))
    again = shifts(history=first, evidence=moved, week_start=later, decided_on=MONDAY_AFTER + timedelta(weeks=3))
    assert again["state"].tolist() == ["cooling_down"]
    free = evidence(BAD).assign(week_start=lambda f: f["week_start"] + timedelta(weeks=4))
    then = shifts(
        history=first,
        evidence=free,
        week_start=WEEK + timedelta(weeks=4),
        decided_on=MONDAY_AFTER + timedelta(weeks=4),
    )
    assert set(then["state"]) == {"proposed"}


def test_an_expired_shift_is_undone_once_and_to_the_cent():
    first = shifts()
    week, day = WEEK + timedelta(weeks=8), MONDAY_AFTER + timedelta(weeks=9)
    healthy = evidence({"synd": 1.0, "search": 1.0, "events": 1.0})
    back = shifts(history=first, evidence=healthy, week_start=week, decided_on=day)
    assert set(back["state"]) == {"rollback"}
    assert set(back["reason"]) == {"expired"}
    pd.testing.assert_series_equal(net_by_source(back), -net_by_source(first))
    again = shifts(
        history=pd.concat([first, back]),
        evidence=healthy,
        week_start=week + timedelta(weeks=1),
        decided_on=day + timedelta(weeks=1),
    )
    assert again.empty


def test_a_rule_that_wants_its_shift_back_gets_it_when_the_source_recovers():
    wants = rule(rollback_if={"metric": "post_prob", "of": "rate_ratio(lead_to_meeting) > 0.95", "value": 0.7})
    first = shifts(rules=[wants])
    week = WEEK + timedelta(weeks=1)
    well, ill = (
        evidence({"synd": r}).assign(week_start=lambda f: f["week_start"] + timedelta(weeks=1)) for r in (1.05, 0.7)
    )
    given: dict[str, Any] = {"history": first, "week_start": week, "decided_on": MONDAY_AFTER + timedelta(weeks=1)}
    assert set(shifts(rules=[wants], evidence=well, **given)["state"]) == {"rollback"}
    assert "rollback" not in set(shifts(rules=[wants], evidence=ill, **given)["state"])


def test_what_a_receiver_no_longer_has_is_not_taken_back_and_is_told():
    first = shifts()
    poor = world(spend=[100.0, 100.0, 50_000.0])
    week, day = WEEK + timedelta(weeks=8), MONDAY_AFTER + timedelta(weeks=9)
    back = shifts(poor, history=first, evidence=evidence({"synd": 1.0}), week_start=week, decided_on=day)
    assert back["state"].tolist() == ["no_room"]
    assert "no longer has the money" in back["reason"].iloc[0]
    assert back["amount"].sum() == 0


def test_a_small_trigger_may_be_held_out_and_a_large_one_never():
    held = rule(evaluate={"holdout_prob": 1.0, "holdout_limit": 5_000})
    assert shifts(world(money_at_risk=4_000.0), rules=[held])["state"].tolist() == ["held_out"]
    assert set(shifts(world(money_at_risk=5_000.0), rules=[held])["state"]) == {"proposed"}


def test_the_ad_platforms_get_new_weekly_budgets():
    facts = world()
    table = new_budgets(shifts(facts), facts).set_index("source")
    assert table.loc["synd", "new_budget"] == 40_000
    assert (table["new_budget"] - table["old_budget"]).sum() == pytest.approx(0)
    assert set(table["effective_on"]) == {date(2026, 3, 10)}


def test_nothing_triggered_is_an_empty_plan():
    found = shifts(ratio={"synd": 1.0})
    assert found.empty
    assert net_by_source(found).empty


def test_doubled_sources_missing_columns_and_doubled_evidence_are_refused():
    with pytest.raises(ValueError, match="twice"):
        shifts(sources("synd", "synd"))
    with pytest.raises(ValueError, match=r"lacks the column.* team"):
        shifts(world().drop(columns="team"))
    with pytest.raises(ValueError, match="twice in one week"):
        shifts(evidence=pd.concat([evidence(BAD)] * 2))
