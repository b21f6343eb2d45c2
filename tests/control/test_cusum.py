"""CUSUM scores, thresholds and run lengths against published tables."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestration.control import cusum
from tests.control.run_length import cusum_run_length, ewma_run_length, normal_cusum_run_length


@pytest.mark.parametrize(
    ("threshold", "lengths", "tolerance"),
    [(4, (167.68, 8.38, 3.34), 0.01), (5, (465, 10.4, 4.01), 0.5)],
)
def test_k18_two_sided_cusum_run_lengths(threshold: float, lengths: tuple[float, ...], tolerance: float):
    found = [normal_cusum_run_length(0.5, threshold, shift) for shift in (0, 1, 2)]
    assert found[0] == pytest.approx(lengths[0], abs=tolerance)
    assert found[1] == pytest.approx(lengths[1], abs=0.05)
    assert found[2] == pytest.approx(lengths[2], abs=0.005)


@pytest.mark.parametrize(
    ("weight", "limit", "one_sigma"),
    [(0.4, 3.054, 14.3), (0.25, 2.998, 11.1), (0.2, 2.962, 10.5), (0.1, 2.814, 10.3), (0.05, 2.615, 11.4)],
)
def test_k18_ewma_run_lengths_of_500_in_control(weight: float, limit: float, one_sigma: float):
    assert ewma_run_length(weight, limit) == pytest.approx(500, abs=0.5)
    assert ewma_run_length(weight, limit, 1.0) == pytest.approx(one_sigma, abs=0.05)


def test_scores_are_log_likelihood_ratios():
    x, n, p, theta = 60, 210, 0.4, 0.8
    ratio = stats.binom.logpmf(x, n, theta * p) - stats.binom.logpmf(x, n, p)
    assert cusum.binomial_score(x, n, p, theta) == pytest.approx(ratio)
    assert cusum.binomial_score(x, n, p, theta, 1.3) == pytest.approx(ratio / 1.3)
    ratio = stats.poisson.logpmf(15, theta * 21) - stats.poisson.logpmf(15, 21)
    assert cusum.poisson_score(15, 21, theta) == pytest.approx(ratio)


def test_information_a_week_and_delays_of_the_worked_source():
    accept, meetings = cusum.binomial_information(210, 0.4), cusum.poisson_information(21)
    wins = cusum.poisson_information(21 * 0.0625)
    assert float(accept) == pytest.approx(2.88, abs=0.005)
    assert float(cusum.binomial_information(210, 0.4, dispersion=1.14**2)) == pytest.approx(2.2, abs=0.05)
    assert float(meetings) == pytest.approx(0.451, abs=5e-4)
    assert float(wins) == pytest.approx(0.028, abs=5e-4)
    threshold = cusum.lorden_threshold(50, 13)
    assert float(threshold) == pytest.approx(6.477, abs=5e-4)
    delays = cusum.expected_delay(threshold, [2.2, meetings, wins])
    assert delays == pytest.approx([2.9, 14.4, 230], abs=0.5)


def test_the_cumulative_sum_never_falls_under_zero_and_knows_when_it_began():
    path = cusum.page([[-1, 0.5, 0.5, -2, 1, 1], [-1, -1, -1, -1, -1, -1], [1, np.nan, 1, 1, 1, 1]])
    assert path[0].tolist() == [0, 0.5, 1, 0, 1, 2]
    assert path[2].tolist() == [1, 1, 2, 3, 4, 5]
    assert cusum.change_point(path).tolist() == [4, -1, 0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=40))
def test_page_is_the_recursion_of_its_definition(scores: list[float]):
    level, expected = 0.0, []
    for score in scores:
        level = max(0.0, level + score)
        expected.append(level)
    np.testing.assert_allclose(cusum.page(scores), expected, atol=1e-9)


@pytest.mark.parametrize("length", [50, 200, 800])
@pytest.mark.parametrize(("n", "p", "dispersion"), [(210, 0.4, 1.3), (40, 0.3, 1.0)])
def test_the_closed_form_threshold_keeps_its_run_length_within_a_tenth(
    length: int, n: int, p: float, dispersion: float
):
    drift, spread = cusum.binomial_in_control(n, p, dispersion=dispersion)
    level = float(cusum.calibrated_threshold(drift, spread, length))
    exact = cusum_run_length(lambda t: stats.norm.cdf(t, drift, spread), level, 120)
    assert exact == pytest.approx(length, rel=0.1)
    assert float(cusum.siegmund_run_length(drift, spread, level)) == pytest.approx(length, rel=1e-9)


def test_a_run_length_counted_on_poisson_counts_is_no_shorter_than_promised():
    level = float(cusum.calibrated_threshold(*cusum.poisson_in_control(21.0), 400))
    step = -np.log(cusum.SMALLEST_LOSS)

    def below(t: np.ndarray) -> np.ndarray:
        return stats.poisson.sf(np.ceil((21 * 0.2 - t) / step - 1e-9) - 1, 21)

    assert cusum_run_length(below, level, 400) >= 400


def test_lordens_bound_holds_and_is_wasteful():
    drift, spread = cusum.binomial_in_control(210, 0.4)
    exact = cusum_run_length(lambda t: stats.norm.cdf(t, drift, spread), float(np.log(650)), 120)
    assert exact > 3 * 650
    assert cusum.calibrated_threshold(drift, spread, 650) < np.log(650)


def test_a_stream_without_size_has_no_threshold():
    assert np.isnan(cusum.calibrated_threshold([0.0, np.nan], [1.0, 1.0], 100)).all()
