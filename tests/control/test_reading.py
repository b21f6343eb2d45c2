"""How much weekly counts scatter more than chance, as the detector reads it from a company's own history."""

import numpy as np
import pytest

from orchestration.control.policy import Policy
from orchestration.control.reading import Counts, read_detector

SIZES = np.array([190, 120, 100, 76, 60, 50, 40, 25, 14])
SHARE, WEEKS = 0.4, 30


def accept_scatter(rho: float, weeks: int = WEEKS, seed: int = 3) -> np.ndarray:
    """phi squared of each unit's acceptance where each week's own share wanders with that intra-class correlation."""
    random = np.random.default_rng(seed)
    decided = np.repeat(SIZES[:, None], weeks, axis=1)
    worth = 1 / rho - 1
    share = random.beta(SHARE * worth, (1 - SHARE) * worth, decided.shape)
    accepted = random.binomial(decided, share).astype(float)
    empty = np.zeros(decided.shape)
    counts = Counts(decided.astype(float), accepted, np.full(decided.shape, SHARE), empty, empty)
    return read_detector(counts, decided, decided.astype(float), Policy()).dispersion[0]


@pytest.mark.parametrize("rho", [1e-9, 0.003, 0.008])
def test_scatter_grows_with_a_tactics_size_by_one_correlation_of_the_company(rho: float):
    found = np.mean([accept_scatter(rho, seed=seed) for seed in range(8)], axis=0)
    np.testing.assert_allclose(found - 1, (found[0] - 1) * SIZES / SIZES[0])
    assert found[0] == pytest.approx(1 + rho * SIZES[0], abs=0.3)


def test_without_history_the_scatter_is_that_of_the_method():
    np.testing.assert_allclose(accept_scatter(0.02, weeks=7), 1 + 0.003 * SIZES)


def test_one_odd_tactic_does_not_blind_the_detector_for_the_others():
    decided = np.repeat(SIZES[:, None], WEEKS, axis=1).astype(float)
    accepted = np.rint(decided * SHARE)
    accepted[0, ::2] = 0
    empty = np.zeros(decided.shape)
    counts = Counts(decided, accepted, np.full(decided.shape, SHARE), empty, empty)
    assert (read_detector(counts, decided, decided, Policy()).dispersion[0] < 1 + 0.02 * SIZES).all()
