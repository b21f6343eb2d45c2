"""Ultimate conversions of unripe cohorts against the worked examples and their limits."""

import chainladder
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestration.control import reserving
from orchestration.control.credible_rate import (
    age_equal_index,
    covered_share,
    matured,
    matured_cost,
    predictive_interval,
    rate_posterior,
    too_young,
)
from tests.control.known import known

CASE = known()["weekly_triangle"]
TRIANGLE = np.array([row + [np.nan] * (4 - len(row)) for row in CASE["won"]])
LEADS = np.full((1, 4), 400.0)
RIPE = 1 / reserving.develop(TRIANGLE).to_ultimate[[3, 2, 1, 0]][None]
WON = np.array([[10.0, 10, 4, 1]])


def test_k9_credible_cape_cod_of_the_weekly_triangle():
    rate, estimate = matured(LEADS, RIPE, WON, [0.03], 200.0)
    assert rate.mean[0] == pytest.approx(CASE["credible_rate"], abs=5e-8)
    np.testing.assert_allclose(estimate.ultimate[0], CASE["credible200"], atol=5e-5)


def test_k9_without_prior_it_is_cape_cod_and_with_an_endless_one_bornhuetter_ferguson():
    rate, loose = matured(LEADS, RIPE, WON, [0.03], 0.0)
    _, tight = matured(LEADS, RIPE, WON, [0.03], 1e12)
    assert rate.mean[0] == pytest.approx(CASE["capecod_rate"], abs=5e-9)
    np.testing.assert_allclose(loose.ultimate[0], CASE["capecod"], atol=5e-7)
    np.testing.assert_allclose(tight.ultimate[0], CASE["bf_p03"], atol=5e-6)


def test_k10_one_young_cohort_is_no_signal():
    _, estimate = matured([[400.0]], [[0.25]], [[1.0]], [0.03], 200.0)
    assert estimate.expected_to_date[0, 0] == 3
    assert estimate.outstanding[0, 0] == pytest.approx(7)
    assert estimate.ultimate[0, 0] == pytest.approx(8)
    assert matured_cost(60_000, estimate.ultimate)[0, 0] == pytest.approx(7_500)
    assert (estimate.low[0, 0] - 1, estimate.high[0, 0] - 1) == (3, 12)
    assert stats.poisson.cdf(1, 3) == pytest.approx(0.1991, abs=5e-5)
    assert too_young(3.0, 0.25)


def test_k10_the_rivals_of_one_young_cohort():
    bf = reserving.benktander([[1.0, np.nan], [100.0, 400.0]], [400.0, 400.0], 0.03, iterations=1)
    twice = reserving.benktander([[1.0, np.nan], [100.0, 400.0]], [400.0, 400.0], 0.03, iterations=2)
    assert (bf[0], twice[0]) == (pytest.approx(10), pytest.approx(8.5))
    assert reserving.chain_ladder([[1.0, np.nan], [100.0, 400.0]])[0] == pytest.approx(4)
    assert matured_cost(60_000, [1, 4, 10, 12]).tolist() == [60_000, 15_000, 6_000, 5_000]


def test_the_interval_is_the_negative_binomial_of_gamma_and_poisson():
    low, high = predictive_interval(7.0, 7.0)
    referee = stats.nbinom(7, 300 / 600)
    assert (low, high) == (referee.ppf(0.1), referee.ppf(0.9))


def test_overdispersion_widens_the_interval_around_the_same_estimate():
    plain, wide = (matured([[400.0]], [[0.5]], [[6.0]], [0.03], 200.0, phi)[1] for phi in (1.0, 3.0))
    assert wide.high[0, 0] - wide.low[0, 0] > plain.high[0, 0] - plain.low[0, 0]
    with pytest.raises(ValueError, match="under 1"):
        matured([[400.0]], [[0.5]], [[6.0]], [0.03], 200.0, 0.5)


def test_the_interval_covers_as_often_as_it_says():
    random = np.random.default_rng(5)
    kappa, plan, sources = 300.0, 0.05, 20_000
    true = random.gamma(kappa * plan, 1 / kappa, sources)
    leads, ripe = np.full((sources, 1), 500.0), np.full((sources, 1), 0.4)
    won = random.poisson(true * 200)[:, None]
    _, estimate = matured(leads, ripe, won, plan, kappa)
    final = won[:, 0] + random.poisson(true * 300)
    inside = ((final >= estimate.low[:, 0]) & (final <= estimate.high[:, 0])).mean()
    assert 0.80 <= inside <= 0.86


def test_a_count_covers_by_its_own_stretch_of_probability():
    """Poisson of mean 1 (an endless shape): P(0) = .3679, of which .2679 lie above the lowest tenth; F(2) = .9197."""
    shares = covered_share([1.0] * 4, 1e9, [0, 1, 2, 3])
    np.testing.assert_allclose(shares, [0.2679 / 0.3679, 1.0, (0.9 - 0.7358) / 0.1839, 0.0], atol=5e-4)
    np.testing.assert_allclose(covered_share([0.0, 0.0, 2.0], 5.0, [0, 1, -1]), [0.8, 0.0, 0.0])


@pytest.mark.parametrize("mean", [0.2, 1.0, 40.0])
def test_an_honest_interval_covers_what_it_says_however_small_the_counts(mean: float):
    rng = np.random.default_rng(4)
    came = rng.poisson(rng.gamma(6.0, mean / 6.0, 40_000))
    assert covered_share(np.full(len(came), mean), 6.0, came).mean() == pytest.approx(0.8, abs=0.01)
    if mean < 1:
        low, high = predictive_interval(mean, 6.0)
        assert ((came >= low) & (came <= high)).mean() > 0.95, "that it lies in the interval says less"


def test_the_posterior_knows_how_sure_it_is_that_a_rate_is_low():
    posterior = rate_posterior([1000.0, 1000.0], [20.0, 40.0], 0.04, 100.0)
    below = posterior.below(0.9 * 0.04)
    assert below[0] == pytest.approx(stats.gamma.cdf(0.036, 24, scale=1 / 1100))
    assert below[0] > 0.9 > 0.5 > below[1]


def test_the_index_compares_at_equal_age_and_is_unknown_without_expectation():
    index = age_equal_index([3.0, 0.0, 1.0], [6.0, 4.0, 0.0])
    assert index[:2].tolist() == [0.5, 0.0]
    assert np.isnan(index[2])


def test_enough_expected_events_or_enough_maturity_end_being_too_young():
    assert too_young([4.9, 5.0, 1.0], [0.29, 0.1, 0.3]).tolist() == [True, False, False]


def test_our_used_up_exposure_is_chainladders_cape_cod():
    triangle = chainladder.load_sample("genins")
    referee = chainladder.CapeCod().fit(
        chainladder.Development().fit_transform(triangle), sample_weight=triangle.latest_diagonal * 0 + 5e6
    )
    cells = triangle.to_frame().to_numpy(dtype=float)
    assert reserving.cape_cod_rate(cells, np.full(10, 5e6)) == pytest.approx(float(referee.apriori_.values.max()))


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 2000), st.floats(0, 60), st.floats(0.001, 0.2), st.floats(1, 5000))
def test_the_estimate_always_lies_between_plan_and_data(exposure: float, won: float, plan: float, kappa: float):
    mean = float(rate_posterior([exposure], [won], plan, kappa).mean[0])
    data = won / exposure if exposure > 0 else plan
    assert min(plan, data) - 1e-9 <= mean or exposure == 0
    assert mean <= max(plan, data) + 1e-9 or exposure == 0
