"""The best spread of a budget, against closed form and a general optimiser."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from orchestration.control import allocation

ANY = np.array([1e9, 1e9])


def test_k30_square_root_responses_split_four_to_one():
    spend = allocation.spread(100, [2, 1], 0.5, 0, ANY)
    np.testing.assert_allclose(spend, [80, 20], rtol=1e-9)
    assert allocation.response(spend, [2, 1], 0.5).sum() == pytest.approx(22.360679774997898)


def test_k30_a_cap_sends_the_rest_to_the_second():
    spend = allocation.spread(100, [2, 1], 0.5, 0, [60, 1e9])
    np.testing.assert_allclose(spend, [60, 40], rtol=1e-9)
    assert allocation.response(spend, [2, 1], 0.5).sum() == pytest.approx(21.816488705166428)


def test_water_filling_agrees_with_a_general_optimiser():
    random = np.random.default_rng(9)
    for _ in range(5):
        a, b = random.uniform(0.5, 3, 4), random.uniform(0.3, 0.8, 4)
        low, high = random.uniform(0, 10, 4), random.uniform(20, 60, 4)
        ours = allocation.spread(90, a, b, low, high)
        referee = optimize.minimize(
            lambda x, a=a, b=b: -allocation.response(np.maximum(x, 1e-9), a, b).sum(),
            x0=low + (90 - low.sum()) / 4,
            bounds=list(zip(low, high, strict=True)),
            constraints={"type": "eq", "fun": lambda x: x.sum() - 90},
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 500},
        )
        assert allocation.response(ours, a, b).sum() >= -referee.fun - 1e-7
        np.testing.assert_allclose(ours, referee.x, atol=0.05)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.01, 50), st.floats(0.1, 0.9), st.floats(0, 100), st.floats(0, 100)),
        min_size=1,
        max_size=8,
    ),
    st.floats(0, 400),
)
def test_the_budget_is_kept_within_every_limit(rows: list[tuple[float, float, float, float]], more: float):
    a, b, low, width = (np.array(column) for column in zip(*rows, strict=True))
    budget = low.sum() + more
    spend = allocation.spread(budget, a, b, low, low + width)
    assert (spend >= low - 1e-9).all()
    assert (spend <= low + width + 1e-9).all()
    assert spend.sum() == pytest.approx(min(budget, (low + width).sum()), rel=1e-9, abs=1e-9)


def test_limits_that_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        allocation.spread(10, [1, 1], 0.5, [8, 8], ANY)
    with pytest.raises(ValueError, match="elasticity"):
        allocation.spread(10, [1, 1], [0.5, 1.0], 0, ANY)


def test_marginal_cost_rises_with_spend_and_is_endless_without_response():
    a = allocation.scale(10_000, 20, 0.7)
    assert float(allocation.response(10_000, a, 0.7)) == pytest.approx(20)
    assert float(allocation.marginal_cost(10_000, a, 0.7)) == pytest.approx(500 / 0.7)
    assert allocation.marginal_cost(20_000, a, 0.7) > allocation.marginal_cost(10_000, a, 0.7)
    assert allocation.marginal_cost(10_000, 0.0, 0.7) == np.inf


def test_the_probability_to_do_better_is_that_of_drawn_gammas():
    random = np.random.default_rng(0)
    own = 500 * 30 / random.gamma(30, size=200_000)
    other = 650 * 12 / random.gamma(12, size=200_000)
    exact = float(allocation.probability_better(500, 30, 650, 12))
    assert exact == pytest.approx((own < other).mean(), abs=0.004)
    assert float(allocation.probability_better(500, 30, 500, 30)) == pytest.approx(0.5)
    assert allocation.probability_better([500, np.inf, np.inf], 30, [np.inf, 500, np.inf], 30).tolist() == [1, 0, 0]


def test_elasticity_is_the_prior_without_own_variation_and_leaves_it_with_much():
    random = np.random.default_rng(1)
    steady = np.full(60, 10_000.0)
    varied = random.uniform(2_000, 40_000, 60)
    won = random.poisson(0.5 * varied**0.5)
    found = allocation.elasticity(np.stack([steady, varied]), np.stack([np.full(60, 50.0), won]))
    assert found[0] == pytest.approx(allocation.ELASTICITY)
    assert found[1] == pytest.approx(0.5, abs=3 * stats.norm.ppf(0.9) * 0.03)
