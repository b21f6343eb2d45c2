"""Defect arithmetic and judges' agreement against published values."""

import numpy as np
import pytest

from orchestration.control import agreement, six_sigma


def test_k21_sigma_levels_and_defects_per_million():
    table = [691_462, 308_538, 66_807, 6_210, 233, 3.4]
    np.testing.assert_allclose(six_sigma.sigma_level(table), [1, 2, 3, 4, 5, 6], atol=5e-4)
    np.testing.assert_allclose(six_sigma.defects_per_million_at([1, 2, 3, 4, 5, 6]), table, rtol=2e-3)
    assert six_sigma.sigma_level(66_807, shift=0) == pytest.approx(1.5, abs=1e-4)


def test_k21_rolled_and_normalised_yield():
    assert float(six_sigma.rolled_throughput_yield([0.95, 0.90, 0.85])) == pytest.approx(0.72675)
    assert float(six_sigma.normalised_yield([0.95, 0.90, 0.85])) == pytest.approx(0.89907, abs=5e-6)


def test_defects_per_unit_opportunity_and_million():
    assert float(six_sigma.defects_per_unit(30, 100)) == 0.3
    assert float(six_sigma.defects_per_opportunity(30, 100, 6)) == pytest.approx(0.05)
    assert float(six_sigma.defects_per_million(30, 100, 6)) == pytest.approx(50_000)
    assert float(six_sigma.yield_from_defects(0.3)) == pytest.approx(np.exp(-0.3))
    assert np.isnan(six_sigma.first_pass_yield(0, 0))
    with pytest.raises(ValueError, match="defects has -1"):
        six_sigma.defects_per_unit(-1, 100)


def test_k22_cohens_kappa():
    assert agreement.cohens_kappa(agreement.confusion([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2])) == pytest.approx(
        0.428571, abs=5e-7
    )
    assert agreement.cohens_kappa([[20, 5], [10, 15]]) == pytest.approx(0.40)
    assert agreement.criteria_are_ambiguous([0.39, 0.41]).tolist() == [True, False]


def test_k22_rogan_gladen_corrects_for_a_judge_that_errs():
    corrected = agreement.rogan_gladen(0.30, 0.90, 0.95, sample=200)
    assert float(corrected.rate) == pytest.approx(0.294118, abs=5e-7)
    assert corrected.low < corrected.rate < corrected.high


def test_rogan_gladen_interval_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(3)
    true, se, sp, n = 0.25, 0.85, 0.9, 400
    observed = random.binomial(n, true * se + (1 - true) * (1 - sp), 5000) / n
    se_hat, sp_hat = random.binomial(150, se, 5000) / 150, random.binomial(150, sp, 5000) / 150
    found = agreement.rogan_gladen(observed, se_hat, sp_hat, n, 150, 150)
    assert ((found.low <= true) & (true <= found.high)).mean() == pytest.approx(0.95, abs=0.015)


def test_a_judge_no_better_than_a_coin_is_refused():
    with pytest.raises(ValueError, match="must exceed 1"):
        agreement.rogan_gladen(0.3, 0.5, 0.5, 100)
    with pytest.raises(ValueError, match="both verdicts"):
        agreement.confusion([1, 0], [1])
