"""The as-of replay scores honest estimates as honest."""

import numpy as np
import pytest

from orchestration.control.backtest import replay, scores

AGES, COHORTS, SOURCES = 27, 60, 30
CURVE = 1 - np.exp(-np.arange(1, AGES + 1) / 5)
CURVE = CURVE / CURVE[-1]


def company(
    seed: int, plan: float = 0.05, spread: float = 0.25
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Leads, conversions and exits by age of sources whose true rates scatter about the plan."""
    random = np.random.default_rng(seed)
    leads = random.poisson(150, (SOURCES, COHORTS)).astype(float)
    rate = plan * random.gamma(1 / spread**2, spread**2, SOURCES)
    won = random.poisson(leads[..., None] * rate[:, None, None] * np.diff(CURVE, prepend=0)).astype(float)
    other = random.binomial(2, 0.5, won.shape).astype(float)
    return leads, won, other, np.full(SOURCES, plan)


def test_the_80_percent_interval_covers_within_the_accepted_band():
    score = scores(replay(*company(1), CURVE))["credible"]
    assert score.coverage_is_acceptable
    assert abs(score.bias) < 0.05
    assert score.cohorts == SOURCES * 26


def test_a_history_that_is_younger_than_the_curve_is_not_biased():
    leads, won, other, plan = company(6)
    score = scores(replay(leads[:, :40], won[:, :40], other[:, :40], plan, CURVE))
    assert score["credible"].cohorts == SOURCES * 14
    assert abs(score["credible"].bias) < 0.05


def test_the_credible_estimate_beats_the_plan_and_the_naive_count():
    score = scores(replay(*company(2), CURVE))
    assert score["credible"].error < score["plan_only"].error < score["naive"].error
    assert score["naive"].bias < -0.3


def test_a_plan_that_promises_twice_the_rate_is_seen_as_bias_and_weighs_less_in_ours():
    leads, won, other, plan = company(3)
    score = scores(replay(leads, won, other, plan * 2, CURVE))
    assert score["plan_only"].bias > 0.25
    assert abs(score["credible"].bias) < score["plan_only"].bias / 3


def test_nothing_that_was_not_yet_known_is_read():
    leads, won, other, plan = company(4)
    first = replay(leads, won, other, plan, CURVE, weeks=1).iloc[:, :5]
    changed = won.copy()
    cohort = int(first["cohort"].iloc[0])
    for index in range(COHORTS):
        changed[:, index, max(cohort + 4 - index + 1, 0) :] = 0
    second = replay(leads, changed, other, plan, CURVE, weeks=1).iloc[:, :5]
    assert first.equals(second)


def test_too_short_a_history_is_refused():
    leads, won, other, plan = company(5)
    with pytest.raises(ValueError, match="too few"):
        replay(leads[:, :20], won[:, :20], other[:, :20], plan, CURVE)
