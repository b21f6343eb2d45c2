"""Empirical Bayes against the textbook's rats and simulated truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.control import shrinkage
from orchestration.control.shrinkage import Prior
from tests.control.known import known

TUMOURS, RATS = (np.array(known()["rats"][name], dtype=float) for name in ("tumours", "rats"))


def test_k20_prior_of_seventy_groups_of_rats():
    rates = TUMOURS / RATS
    assert (len(rates), TUMOURS.sum(), RATS.sum()) == (70, 263, 1725)
    assert rates.mean() == pytest.approx(0.1360, abs=5e-5)
    assert rates.std(ddof=1) == pytest.approx(0.1035, abs=5e-5)
    prior = shrinkage.beta_prior_from_rates(rates)
    assert prior.mean * prior.strength == pytest.approx(1.356, abs=5e-4)
    assert (1 - prior.mean) * prior.strength == pytest.approx(8.615, abs=5e-4)


def test_k20_posterior_of_the_seventy_first_group():
    rounded = Prior(1.4 / 10, 10.0)
    assert float(shrinkage.posterior_mean(4, 14, rounded)) == pytest.approx(0.225)
    alpha, beta = 1.4 + 4, 8.6 + 10
    assert np.sqrt(alpha * beta / (alpha + beta) ** 2 / (alpha + beta + 1)) == pytest.approx(0.0835, abs=5e-5)
    exact = shrinkage.beta_prior_from_rates(TUMOURS / RATS)
    assert float(shrinkage.posterior_mean(4, 14, exact)) == pytest.approx(0.2234, abs=5e-5)


def test_moments_recover_the_spread_that_made_the_counts():
    random = np.random.default_rng(1)
    trials = random.integers(30, 300, 60_000).astype(float)
    events = random.binomial(trials.astype(int), random.beta(40, 360, 60_000)).astype(float)
    prior = shrinkage.beta_binomial_prior(events, trials)
    assert prior.mean == pytest.approx(0.1, abs=0.001)
    assert prior.strength == pytest.approx(400, rel=0.1)
    exposure = random.uniform(30, 300, 60_000)
    counts = random.poisson(exposure * random.gamma(40, 1 / 400, 60_000)).astype(float)
    assert shrinkage.gamma_poisson_prior(counts, exposure).strength == pytest.approx(400, rel=0.1)


def test_strength_of_three_unequal_sources_worked_by_hand():
    """m = 30/140, v = mean of squared deviations, mean(1/n) = (1/20 + 1/40 + 1/80) / 3."""
    x, n = np.array([1.0, 4, 25]), np.array([20.0, 40, 80])
    m = 30 / 140
    v = ((0.05 - m) ** 2 + (0.1 - m) ** 2 + (0.3125 - m) ** 2) / 3
    expected = (m * (1 - m) - v) / (v - m * (1 - m) * (0.05 + 0.025 + 0.0125) / 3)
    assert shrinkage.beta_binomial_prior(x, n).strength == pytest.approx(expected)
    assert shrinkage.gamma_poisson_prior(x, n).strength == pytest.approx(m / (v - m * (0.05 + 0.025 + 0.0125) / 3))


def test_sources_that_differ_only_by_chance_are_shrunk_to_one():
    prior = shrinkage.beta_binomial_prior([10, 10, 10], [100, 100, 100])
    assert np.isinf(prior.strength)
    assert shrinkage.posterior_mean([0.0, 90.0], [100, 100], prior).tolist() == [0.1, 0.1]


def test_kappa_keeps_within_floor_and_cap():
    alike = shrinkage.kappa_by_moments([30, 30, 30], [1000, 1000, 1000], [0.03] * 3)
    wild = shrinkage.kappa_by_moments([0, 90, 5], [1000, 1000, 1000], [0.03] * 3)
    assert alike.tolist() == [5000] * 3
    assert wild.tolist() == [50] * 3
    assert shrinkage.kappa_by_moments([3.0], [100.0], [0.03]).tolist() == [5000]


def test_kappa_finds_how_far_true_rates_stray_from_plans_that_differ():
    random = np.random.default_rng(2)
    plan = random.uniform(0.02, 0.08, 4000)
    true = plan * random.gamma(16, 1 / 16, 4000)
    exposure = random.uniform(500, 3000, 4000)
    kappa = shrinkage.kappa_by_moments(random.poisson(true * exposure), exposure, plan)
    np.testing.assert_allclose(kappa * plan, 16, rtol=0.12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 50), st.integers(50, 100), st.floats(0.01, 0.99), st.floats(0.1, 1e4))
def test_shrinkage_moves_towards_the_mean_and_never_past_it(x: int, n: int, mean: float, strength: float):
    shrunk = float(shrinkage.posterior_mean(x, n, Prior(mean, strength)))
    assert min(x / n, mean) - 1e-12 <= shrunk <= max(x / n, mean) + 1e-12


def test_the_interval_holds_the_central_share_of_the_posterior():
    low, high = shrinkage.beta_interval(4.0, 14.0, Prior(0.14, 10.0))
    assert low < 0.225 < high


def test_nothing_tried_is_nothing_to_learn_from():
    with pytest.raises(ValueError, match="no source has any trial"):
        shrinkage.beta_binomial_prior([0.0], [0.0])
