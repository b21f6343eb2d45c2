"""Did it pay? Judged by a counterfactual, so that luck, seasons and time by themselves never count as success."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration.control.evaluation import probability_rule_pays
from orchestration.control.loop_schemas import BUDGET_SHIFT_SCHEMA, EVALUATION_SCHEMA
from orchestration.control.playbook_calibration import calibrate
from orchestration.control.shift_results import Cohorts, evaluate_shifts

FIRST = date(2026, 1, 5)
NAMES = ("synd", "search", "events", "partner")
MONDAY = FIRST + timedelta(weeks=12)
TUESDAY = MONDAY + timedelta(days=1)


def states(**changes: Any) -> pd.DataFrame:
    """One shift of 10,000 from synd to search, in effect from week 12 on."""
    row: dict[str, Any] = dict.fromkeys(BUDGET_SHIFT_SCHEMA.names) | {
        "week_start": MONDAY - timedelta(weeks=1), "shift_id": "s1", "leg": 1, "rule_id": "fall", "rule_version": 1,
        "from_source": "synd", "to_source": "search", "amount": 10_000.0, "effective_on": TUESDAY,
        "verdict": "proposed", "predicted_gain": 1.5, "predicted_probability": 0.9, "is_agreed": True,
        "evaluate_ages": "4,8", "state": "in_effect",
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def cohorts(age: int = 4, season: float = 1.0, donor_leads: float = 0.8, receiver: float = 1.2, **kept: Any) -> Cohorts:
    """200 leads a week and source that convert at 5 %, synd at 1 %; from week 12 on synd gets less and search more."""
    weeks = 12 + age
    leads = np.full((4, weeks), 200.0)
    rate = np.array([0.01, 0.05, 0.05, 0.05])[:, None] * np.where(np.arange(weeks) >= 12, season, 1.0)
    spend = np.full((4, weeks), 50_000.0)
    leads[0, 12:] *= donor_leads
    leads[1, 12:] *= receiver
    spend[0, 12:] -= 10_000.0
    given: dict[str, Any] = {
        "sources": NAMES,
        "weeks": tuple(FIRST + timedelta(weeks=w) for w in range(weeks)),
        "leads": leads,
        "won": leads * rate,
        "maturity": np.ones_like(leads),
        "spend": spend,
        "plan_rate": np.array([0.05, 0.05, 0.05, 0.05]),
        "kappa": np.full(4, 50.0),
    }
    return Cohorts(**(given | kept))


def evaluated(cohorts_: Cohorts, states_: pd.DataFrame | None = None, plan_cost: float = 5_000.0) -> Any:
    found = evaluate_shifts(states() if states_ is None else states_, cohorts_, plan_cost)
    return found.iloc[0] if len(found) else None


def test_a_shift_is_judged_at_its_ages_and_in_no_other_week():
    assert [evaluated(cohorts(age)) is not None for age in (3, 4, 5, 8, 9)] == [False, True, False, True, False]
    found = evaluated(cohorts(8))
    assert (found["age_weeks"], found["week_start"]) == (8, MONDAY + timedelta(weeks=7))
    assert set(found.index) | {"revision", "as_of"} == set(EVALUATION_SCHEMA.names)


def test_money_that_found_better_leads_paid_and_the_effect_is_gain_less_loss():
    found = evaluated(cohorts(8))
    # 8 weeks x 40 more leads at 5 %, less the donor's 1,600 leads at its shrunk rate and 1,280 at what they came to.
    without = (50 * 0.05 + 16) / (50 + 1600)
    came_to = (50 * without + 12.8) / (50 + 1280)
    assert found["effect"] == pytest.approx(8 * 40 * 0.05 - (1600 * without - 1280 * came_to), abs=0.01)
    assert found["low"] < found["effect"] < found["high"]
    assert found["predicted"] == 12
    assert found["carried_out"] == pytest.approx(1)


def test_strong_evidence_is_a_verdict_and_weak_evidence_is_none():
    many = cohorts(8)
    strong = cohorts(8, leads=many.leads * 50, won=many.won * 50, kappa=np.full(4, 50.0))
    assert evaluated(strong)["verdict"] == "paid"
    assert evaluated(cohorts(8))["verdict"] == "undecided"
    useless = cohorts(8, receiver=0.8)
    worse = cohorts(8, leads=useless.leads * 50, won=useless.won * 50)
    assert evaluated(worse)["verdict"] == "did not pay"


def test_a_season_that_lifts_all_sources_is_no_success():
    calm, high = evaluated(cohorts(8)), evaluated(cohorts(8, season=1.5))
    assert high["naive_change"] > calm["naive_change"] + 0.4
    assert high["control_index"] == pytest.approx(1.5, abs=0.08)
    assert high["effect"] / high["control_index"] == pytest.approx(calm["effect"], rel=0.15)


def test_young_cohorts_are_judged_on_what_they_will_become():
    ripe = cohorts(4)
    maturity = np.ones_like(ripe.leads)
    maturity[:, 12:] = 0.25
    young = cohorts(4, maturity=maturity, won=ripe.won * maturity)
    assert evaluated(young)["effect"] == pytest.approx(evaluated(ripe)["effect"], rel=0.05)
    assert evaluated(young)["high"] - evaluated(young)["low"] > evaluated(ripe)["high"] - evaluated(ripe)["low"]


def test_money_in_the_reserve_counts_at_the_planned_cost():
    reserved = states(to_source="reserve")
    found = evaluated(cohorts(8, receiver=1.0), reserved)
    assert found["saved"] == pytest.approx(10_000 * 8 / 5_000)
    assert found["effect"] == pytest.approx(
        16 + evaluated(cohorts(8, receiver=1.0), plan_cost=1e12)["effect"], abs=0.01
    )
    assert evaluated(cohorts(8, receiver=1.0), reserved, plan_cost=np.nan)["saved"] == 0


def test_a_shift_that_was_undone_before_its_age_is_undecided_and_says_so():
    back = states(
        shift_id="s2", verdict="rollback", undoes="s1", from_source="search", to_source="synd", evaluate_ages=None,
        effective_on=TUESDAY + timedelta(weeks=5),
    )  # fmt: skip
    both = pd.concat([states(), back], ignore_index=True)
    assert evaluated(cohorts(8), both)["verdict"] == "undecided"
    assert "undone on 2026-05-05" in evaluated(cohorts(8), both)["note"]
    assert evaluated(cohorts(4), both)["note"] is None


def test_what_nobody_agreed_to_is_not_judged_and_a_trigger_held_out_is():
    assert evaluated(cohorts(4), states(is_agreed=False)) is None
    held = states(verdict="held_out", is_agreed=False, to_source=None, amount=0.0, predicted_gain=0.0)
    found = evaluated(cohorts(4, donor_leads=1.0, receiver=1.0), held)
    assert found["is_held_out"]
    # The donor's rate was shrunk towards the plan's, so standing still looks a little like a loss, never like a gain.
    assert -1 < found["effect"] <= 0


def test_regression_to_the_mean_is_no_success_of_holding_still():
    """Sources all alike, triggered by one bad week, nothing done: before/after claims a gain, we claim none."""
    rng = np.random.default_rng(4)
    effects, naive = [], []
    for _ in range(300):
        leads = np.full((4, 16), 100.0)
        won = rng.binomial(100, 0.1, (4, 16)).astype(float)
        if won[0, 11] >= 7:
            continue
        world = cohorts(
            4, leads=leads, won=won, plan_rate=np.full(4, 0.1), kappa=np.full(4, 400.0), maturity=np.ones_like(leads)
        )
        held = states(verdict="held_out", is_agreed=False, to_source=None, amount=0.0, evaluate_ages="4")
        found = evaluated(world, held)
        effects.append(found["effect"])
        naive.append(won[0, 12:].mean() / won[0, 11] - 1)
    assert np.mean(naive) > 0.5
    assert np.mean(effects) == pytest.approx(0, abs=3 * np.std(effects) / np.sqrt(len(effects)) + 0.4)


def results(effects: list[float], rule: str = "fall", **changes: Any) -> pd.DataFrame:
    rows = [
        dict.fromkeys(EVALUATION_SCHEMA.names)
        | {
            "shift_id": f"{rule}-{number}", "rule_id": rule, "rule_version": 1, "age_weeks": 8, "is_held_out": False,
            "predicted": 8 * (1 + number / 10), "predicted_probability": 0.9, "effect": 8 * effect,
            "low": 8 * (effect - 1.28), "high": 8 * (effect + 1.28), "verdict": "undecided", "carried_out": 1.0,
        }
        | changes
        for number, effect in enumerate(effects)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_a_rule_is_retired_after_five_uses_that_do_not_pay_and_not_before():
    bad = calibrate(results([-2.0] * 5)).iloc[0]
    assert bad["retire"]
    assert bad["probability_pays"] < 0.2
    assert not calibrate(results([-2.0] * 4)).iloc[0]["retire"]
    assert not calibrate(results([2.0] * 5)).iloc[0]["retire"]
    assert bad["probability_pays"] == pytest.approx(
        probability_rule_pays([-2.0] * 5, [(1.28 / 1.2816) ** 2] * 5), abs=1e-3
    )


def test_calibration_tells_honest_predictions_from_boastful_ones():
    honest, boastful = (calibrate(results([s * (1 + n / 10) for n in range(6)])).iloc[0] for s in (1.0, 0.3))
    assert (honest["slope"], honest["intercept"]) == (pytest.approx(1), pytest.approx(0, abs=1e-9))
    assert boastful["slope"] == pytest.approx(0.3)
    assert honest["brier"] == pytest.approx(0.01)
    assert calibrate(results([-1.0] * 6)).iloc[0]["brier"] == pytest.approx(0.81)


def test_each_use_counts_once_at_its_oldest_age_and_a_shift_nobody_carried_out_not_at_all():
    young = results([9.0], age_weeks=4, effect=36.0)
    found = calibrate(pd.concat([young, results([1.0]), results([5.0], rule="other", carried_out=0.2)]))
    assert found["rule_id"].tolist() == ["fall", "other"]
    assert found["uses"].tolist() == [1, 0]
    assert found["not_carried_out"].tolist() == [0, 1]
    assert found["realised_gain"].iloc[0] == pytest.approx(1)


def test_the_held_out_triggers_are_the_unbiased_test_of_the_rule():
    held = results([0.1, -0.1], is_held_out=True).assign(shift_id=["h1", "h2"])
    found = calibrate(pd.concat([results([2.0, 2.2]), held])).iloc[0]
    assert (found["uses"], found["held_out"]) == (2, 2)
    assert found["hold_out_effect"] == pytest.approx(2.1)
    assert found["hold_out_error"] == pytest.approx(np.sqrt(0.02 / 2 + 0.02 / 2))


def test_no_evaluation_is_no_row():
    assert calibrate(pd.DataFrame(columns=EVALUATION_SCHEMA.names)).empty
