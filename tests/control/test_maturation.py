"""Maturation curves against published competing-risk answers and lifelines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter, MixtureCureFitter, WeibullFitter

from orchestration.control.maturation import (
    AgeCounts,
    blend_with_plan,
    competing_risk_curve,
    expected_by_week,
    is_curve,
    maturity_at,
    pooled_counts,
)
from tests.control.known import known


def counts_by_age(time: np.ndarray, kind: np.ndarray, ages: int) -> AgeCounts:
    """Counts of people who left at whole times; kind 0 censored, 1 converted, 2 left otherwise."""
    at_risk = np.array([(time >= a).sum() for a in range(ages)], dtype=float)
    won, other = (np.array([((time == a) & (kind == k)).sum() for a in range(ages)], dtype=float) for k in (1, 2))
    return AgeCounts(at_risk, won, other)


def test_k11_competing_risks_of_200_patients_are_those_of_tidycmprsk():
    trial = known()["aalen_johansen"]
    cancer = np.array([*trial["cancer"], trial["at_24"]["cancer"]])
    other = np.array([*trial["other"], trial["at_24"]["other"]])
    died = np.diff(np.round(cancer * 200), prepend=0), np.diff(np.round(other * 200), prepend=0)
    at_risk = 200 - np.concatenate([[0], np.cumsum(died[0] + died[1])[:-1]])
    curve = competing_risk_curve(AgeCounts(at_risk, *died))
    assert at_risk[1:].tolist() == trial["nrisk"]
    np.testing.assert_allclose(curve.converted, cancer, atol=5e-13)
    np.testing.assert_allclose(curve.exited, other, atol=5e-13)


def test_k11_with_censoring_agrees_with_lifelines_aalen_johansen():
    random = np.random.default_rng(11)
    time, kind = random.integers(1, 20, 400), random.integers(0, 3, 400)
    curve = competing_risk_curve(counts_by_age(time, kind, 20))
    for event, ours in ((1, curve.converted), (2, curve.exited)):
        referee = AalenJohansenFitter(jitter_level=1e-6, seed=1).fit(time, kind, event_of_interest=event)
        theirs = referee.cumulative_density_.iloc[:, 0]
        np.testing.assert_allclose(ours, [theirs[theirs.index <= a + 0.5].iloc[-1] for a in range(20)], atol=2e-3)


def test_k12_without_competing_exits_the_curve_is_kaplan_meier():
    arm = known()["freireich"]
    time = np.array(arm["events"] + arm["censored"])
    kind = np.array([1] * len(arm["events"]) + [0] * len(arm["censored"]))
    curve = competing_risk_curve(counts_by_age(time, kind, 36))
    referee = KaplanMeierFitter().fit(time, kind)
    np.testing.assert_allclose(curve.open[arm["at"]], arm["survival"], atol=5e-5)
    np.testing.assert_allclose(curve.open[arm["at"]], referee.survival_function_at_times(arm["at"]), atol=1e-12)
    assert int(np.argmax(curve.open <= 0.5)) == arm["median"] == referee.median_survival_time_


def test_treating_other_exits_as_censored_would_overstate_conversion():
    counts = AgeCounts(np.array([100.0, 60.0]), np.array([10.0, 10.0]), np.array([30.0, 20.0]))
    right = competing_risk_curve(counts)
    kaplan_meier = competing_risk_curve(AgeCounts(counts.at_risk, counts.converted, np.zeros(2)))
    assert kaplan_meier.ultimate > right.ultimate == pytest.approx(0.2)


def test_a_mixture_cure_model_finds_the_same_ultimate_share():
    random = np.random.default_rng(3)
    converts = random.random(4000) < 0.3
    time = np.where(converts, np.ceil(random.weibull(1.5, 4000) * 5), 40).clip(1, 40)
    curve = competing_risk_curve(counts_by_age(time, converts.astype(int), 41))
    referee = MixtureCureFitter(base_fitter=WeibullFitter()).fit(time, converts)
    assert curve.ultimate == pytest.approx(1 - referee.cured_fraction_, abs=0.01)


def test_young_cohorts_contribute_to_the_ages_they_have_reached():
    leads, observed = [100.0, 100.0], [2.0, 0.0]
    won = np.array([[2.0, 4.0, 3.0], [5.0, 99.0, 99.0]])
    counts = pooled_counts(leads, won, np.zeros((2, 3)), observed)
    assert counts.at_risk.tolist() == [200, 98, 94]
    assert counts.converted.tolist() == [7, 4, 3]


def test_a_lead_counted_at_two_ages_is_refused():
    with pytest.raises(ValueError, match="counted at two ages"):
        pooled_counts([3.0], np.array([[2.0, 2.0]]), np.zeros((1, 2)), [1.0])


def test_the_plans_curve_holds_until_200_conversions_then_gives_way():
    own = competing_risk_curve(AgeCounts(np.array([1000.0, 900]), np.array([100.0, 100]), np.zeros(2)))
    nothing = competing_risk_curve(AgeCounts(np.array([1000.0, 900]), np.zeros(2), np.zeros(2)))
    plan = np.array([0.1, 1.0])
    assert blend_with_plan(own, plan, 199.0).tolist() == plan.tolist()
    assert blend_with_plan(own, plan, 200.0)[0] == pytest.approx(0.3)
    assert blend_with_plan(own, plan, 600.0)[0] == pytest.approx(0.4)
    assert blend_with_plan(nothing, plan, 900.0).tolist() == plan.tolist()


def test_a_young_history_takes_the_rest_of_the_curve_from_the_plan():
    """Seen to age 1 only: its two ages share what the plan says is done by then, and ripeness is not claimed."""
    young = competing_risk_curve(AgeCounts(np.array([1000.0, 400, 0, 0]), np.array([300.0, 200, 0, 0]), np.zeros(4)))
    plan = np.array([0.2, 0.5, 0.9, 1.0])
    blended = blend_with_plan(young, plan, 1e12)
    assert young.maturity[1] == 1
    np.testing.assert_allclose(blended, [0.5 * 300 / 650, 0.5, 0.9, 1.0], rtol=1e-9)


def test_a_history_whose_every_lead_has_left_is_complete():
    done = competing_risk_curve(AgeCounts(np.array([10.0, 5, 0]), np.array([5.0, 2, 0]), np.array([0.0, 3, 0])))
    assert blend_with_plan(done, np.array([0.1, 0.2, 1.0]), 1e12).tolist() == pytest.approx([5 / 7, 1, 1])


def test_maturity_between_weeks_is_linear_and_stays_at_its_ends():
    assert maturity_at([0.4, 1.0], [-1, -0.5, 0, 0.5, 1, 30]).tolist() == [0, 0.2, 0.4, 0.7, 1, 1]


def test_each_week_should_see_what_its_cohorts_of_all_ages_give():
    due = expected_by_week([[100.0, 200.0, 0.0, 0.0]], [0.1], [0.5, 0.8, 1.0])
    np.testing.assert_allclose(due[0], [5, 3 + 10, 2 + 6, 4])


def test_a_curve_that_falls_or_does_not_end_at_1_is_no_curve():
    assert is_curve([[0.1, 0.5, 1.0], [0.5, 0.4, 1.0], [0.1, 0.5, 0.9]]).tolist() == [True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_open_converted_and_exited_always_sum_to_one(rows: list[tuple[int, int, int]]):
    won, other, censored = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    left = won + other + censored
    at_risk = left[::-1].cumsum()[::-1]
    curve = competing_risk_curve(AgeCounts(at_risk, won, other))
    np.testing.assert_allclose(curve.open + curve.converted + curve.exited, 1, atol=1e-12)
    assert (np.diff(curve.converted) >= 0).all()
