"""Whether a shift paid, and that regression to the mean is not taken for it."""

from datetime import date, timedelta

import numpy as np
import pytest

from orchestration.control import evaluation
from orchestration.control.evaluation import Estimate
from orchestration.control.shrinkage import beta_binomial_prior, posterior_mean


def test_regression_to_the_mean_fakes_a_gain_of_78_percent_that_shrinkage_denies():
    """Identical persistent rates (mean .10, K 400, n 100), trigger: a week below 70 % of plan, and no action at all."""
    random = np.random.default_rng(2026)
    sources = 400_000
    rate = random.beta(40, 360, sources)
    before, after = random.binomial(100, rate), random.binomial(100, rate)
    triggered = before < 7
    assert triggered.mean() == pytest.approx(0.145, abs=0.002)
    assert before[triggered].mean() == pytest.approx(5.08, abs=0.02)
    assert after[triggered].mean() == pytest.approx(9.02, abs=0.03)
    naive = float(evaluation.naive_change(before[triggered].mean(), after[triggered].mean()))
    assert naive == pytest.approx(0.776, abs=0.01)
    prior = beta_binomial_prior(before, np.full(sources, 100.0))
    assert prior.strength == pytest.approx(399.4, rel=0.03)
    baseline = 100 * posterior_mean(before[triggered], 100.0, prior).mean()
    assert after[triggered].mean() / baseline - 1 == pytest.approx(0, abs=0.005)


def test_the_counterfactual_is_the_shrunk_rate_at_the_old_spend_times_the_control_index():
    index = evaluation.control_index([45.0, 45.0], [50.0, 50.0])
    assert index[0] == pytest.approx(0.9)
    found = evaluation.counterfactual([40.0], [1000.0], [500.0], index)
    assert found.mean[0] == pytest.approx(0.9 * 20)
    assert found.variance[0] == pytest.approx(20**2 * (0.9**2 / 40 + index[1]))
    assert evaluation.control_index([], []) == (1.0, 0.0)


def certain(value: float, variance: float = 1.0) -> Estimate:
    return Estimate(np.array([value]), np.array([variance]))


@pytest.mark.parametrize(
    ("received", "given", "verdict"), [(30, 18, "paid"), (21, 18, "undecided"), (20, 10, "did not pay")]
)
def test_a_shift_pays_when_the_receiver_gains_more_than_the_donor_loses(received: float, given: float, verdict: str):
    found = evaluation.shift_effect(certain(received), certain(20), certain(given), certain(20))
    assert found.effect[0] == (received - 20) - (20 - given)
    assert found.verdict[0] == verdict
    assert found.low[0] < found.effect[0] < found.high[0]


def test_an_outage_that_hits_everybody_is_no_evidence_against_the_shift():
    index = evaluation.control_index([60.0] * 10, [100.0] * 10)
    with_index = evaluation.counterfactual([200.0], [1000.0], [500.0], index)
    without = evaluation.counterfactual([200.0], [1000.0], [500.0])
    actual = certain(60.0, 60.0)
    nothing = certain(0.0, 0.0)
    assert evaluation.shift_effect(actual, with_index, nothing, nothing).verdict[0] == "undecided"
    assert evaluation.shift_effect(actual, without, nothing, nothing).verdict[0] == "did not pay"


def test_the_effect_is_right_on_average_and_as_sure_as_it_says():
    random = np.random.default_rng(8)
    runs, prior_shape, prior_units = 20_000, 60.0, 600.0
    rate = random.gamma(prior_shape, 1 / prior_units, runs)
    seen = random.poisson(rate * 300)
    cf = evaluation.counterfactual(prior_shape + seen, np.full(runs, prior_units + 300), np.full(runs, 400.0))
    actual = random.poisson(rate * 400 + 20).astype(float)
    zero = Estimate(np.zeros(runs), np.zeros(runs))
    found = evaluation.shift_effect(Estimate(actual, np.maximum(actual, 1)), cf, zero, zero)
    assert found.effect.mean() == pytest.approx(20, abs=0.2)
    assert ((found.low <= 20) & (found.high >= 20)).mean() == pytest.approx(0.8, abs=0.02)


def test_an_unknown_probability_is_undecided():
    assert evaluation.verdict_of([np.nan, 0.95, 0.05]).tolist() == ["undecided", "paid", "did not pay"]


def test_the_hold_out_is_a_fair_draw_that_any_run_repeats():
    draws = [
        evaluation.is_held_out(f"source{s}", date(2026, 1, 5) + timedelta(weeks=w), 0.1)
        for s in range(100)
        for w in range(50)
    ]
    assert np.mean(draws) == pytest.approx(0.1, abs=0.015)
    assert not any(evaluation.is_held_out(f"source{s}", date(2026, 1, 5), 0.0) for s in range(50))


def test_a_source_held_out_at_one_share_stays_held_out_at_a_larger():
    for s in range(200):
        day = date(2026, 1, 5)
        assert evaluation.is_held_out(f"s{s}", day, 0.1) <= evaluation.is_held_out(f"s{s}", day, 0.2)


def test_calibration_slope_and_brier_score():
    slope, intercept = evaluation.calibration_slope([1.0, 2, 3, 4], [0.5, 1.0, 1.5, 2.0])
    assert (slope, intercept) == (pytest.approx(0.5), pytest.approx(0.0))
    assert np.isnan(evaluation.calibration_slope([1.0, 1.0], [0.0, 2.0])[0])
    assert evaluation.brier_score([0.5, 0.5], [0, 1]) == 0.25
    assert evaluation.brier_score([0.9, 0.1], [1, 0]) == pytest.approx(0.01)


def test_the_hold_out_measures_the_rule_without_bias():
    effect, error = evaluation.hold_out_effect([3.0, 5.0, 4.0], [1.0, 3.0])
    assert effect == 2
    assert error == pytest.approx(np.sqrt(1 / 3 + 2 / 2))
    assert np.isnan(evaluation.hold_out_effect([1.0, 2.0], [1.0])[1])


def test_a_rule_retires_only_after_five_uses_that_do_not_pay():
    losing, winning = [-4.0, -3, -5, -2, -4], [4.0, 3, 5, 2, 4]
    assert evaluation.should_retire(losing, [4.0] * 5)
    assert not evaluation.should_retire(losing[:4], [4.0] * 4)
    assert not evaluation.should_retire(winning, [4.0] * 5)


def test_uses_that_differ_wildly_do_not_let_one_lucky_one_decide():
    steady = evaluation.probability_rule_pays([2.0] * 5, [1.0] * 5)
    erratic = evaluation.probability_rule_pays([20.0, -18, 15, -17, 10], [1.0] * 5)
    assert steady > 0.99
    assert 0.4 < erratic < 0.7
