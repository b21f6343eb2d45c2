"""Pipeline and account velocity."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from orchestration.control import velocity
from orchestration.control.maturation import AgeCounts, competing_risk_curve

PEERS = competing_risk_curve(
    AgeCounts(np.array([100.0, 80, 50, 20]), np.array([10.0, 20, 20, 5]), np.array([10.0, 10, 10, 15]))
)


def test_k32_velocity_and_what_moved_it():
    before, after = [[50, 20_000, 0.25, 60]], [[60, 18_000, 0.22, 75]]
    assert float(velocity.pipeline_velocity(*before[0])) == pytest.approx(4_166.67, abs=5e-3)
    assert float(velocity.pipeline_velocity(*after[0])) == pytest.approx(3_168)
    effects = velocity.velocity_effects(before, after)
    np.testing.assert_allclose(effects[0], [664.48, -383.99, -465.90, -813.26], atol=5e-3)
    assert effects.sum() == pytest.approx(-998.67, abs=5e-3)


def test_a_cycle_of_no_days_is_refused():
    with pytest.raises(ValueError, match="more than 0 days"):
        velocity.velocity_effects([[1, 1, 1, 0.0]], [[1, 1, 1, 1.0]])


def test_dwell_is_ranked_among_peers_who_left_either_way():
    np.testing.assert_allclose(velocity.dwell_percentile(PEERS, [-1, 0, 1, 2, 3, 9]), [0, 0.2, 0.5, 0.8, 1, 1])
    assert velocity.stalled(PEERS, [2, 3]).tolist() == [False, True]


def test_the_chance_to_advance_is_conditional_on_still_being_here():
    np.testing.assert_allclose(velocity.chance_to_advance(PEERS, [1.0, 2.0]), [0.25 / 0.5, 0.05 / 0.2])
    np.testing.assert_allclose(velocity.chance_to_advance(PEERS, [1.0], [1.0]), [0.2 / 0.5])
    assert np.isnan(velocity.chance_to_advance(PEERS, [3.0]))


def test_remaining_weeks_fall_to_nothing_at_the_end_of_the_curve():
    np.testing.assert_allclose(velocity.remaining_weeks(PEERS, [0, 1, 2]), [0.7 / 0.8, 0.2 / 0.5, 0])


def test_slowness_averages_one_for_accounts_that_move_as_their_peers():
    random = np.random.default_rng(6)
    dwell = random.exponential(4, 20_000)
    referee = KaplanMeierFitter().fit(dwell)
    survival = referee.survival_function_at_times(dwell).to_numpy()
    mean, slow = velocity.slowness(survival.reshape(-1, 4))
    assert mean.mean() == pytest.approx(1, abs=0.02)
    assert slow.mean() < 0.08


def test_stages_not_visited_do_not_count():
    mean, slow = velocity.slowness([[np.exp(-3.0), np.nan], [np.exp(-0.5), np.exp(-0.7)]])
    np.testing.assert_allclose(mean, [3, 0.6])
    assert slow.tolist() == [True, False]


def test_the_control_metric_is_advanced_over_due():
    assert velocity.advanced_of_due([3, 0], [12, 0])[0] == 0.25
    assert np.isnan(velocity.advanced_of_due(0, 0))
