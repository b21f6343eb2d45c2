"""Corrections for looking at many, against the published example and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from orchestration.control import screening
from tests.control.known import known

BH = known()["bh"]


def test_k19_benjamini_hochberg_rejects_four_of_fifteen():
    p = np.array(BH["p"])
    assert (screening.benjamini_hochberg(p) <= 0.05).sum() == BH["bh"]
    assert (screening.benjamini_yekutieli(p) <= 0.05).sum() == BH["by"]
    assert (p * len(p) <= 0.05).sum() == BH["bonferroni"]
    np.testing.assert_allclose(screening.benjamini_hochberg(p)[:5], BH["adjusted"], atol=1e-12)


def test_an_unknown_p_value_is_no_test():
    p = np.array([*BH["p"], np.nan])
    adjusted = screening.benjamini_hochberg(p)
    np.testing.assert_array_equal(adjusted[:15], screening.benjamini_hochberg(BH["p"]))
    assert np.isnan(adjusted[15])


def test_k10_mid_p_takes_half_of_the_count_itself():
    mid = float(screening.mid_p_low(1, 3))
    assert mid == pytest.approx(stats.poisson.cdf(1, 3) - stats.poisson.pmf(1, 3) / 2)
    assert mid + stats.poisson.pmf(1, 3) / 2 == pytest.approx(0.1991, abs=5e-5)
    assert mid + float(screening.mid_p_high(1, 3)) == pytest.approx(1)


def test_overdispersed_counts_have_the_stated_variance_and_weaker_p_values():
    counts = np.arange(400)
    tail = screening.mid_p_low(counts + 1, 40.0, 2.5) - screening.mid_p_low(counts, 40.0, 2.5)
    mean = (tail * (counts + 0.5)).sum()
    assert (tail * (counts + 0.5 - mean) ** 2).sum() == pytest.approx(100, rel=0.03)
    assert screening.mid_p_low(28, 40.0, 2.5) > screening.mid_p_low(28, 40.0)


def test_a_share_has_binomial_or_beta_binomial_mid_p():
    plain = float(screening.mid_p_share_low(60, 210, 0.4))
    assert plain == pytest.approx(stats.binom.cdf(60, 210, 0.4) - stats.binom.pmf(60, 210, 0.4) / 2)
    assert screening.mid_p_share_low(60, 210, 0.4, 1.6) > plain
    assert np.isnan(screening.mid_p_share_low(0, 0, 0.4))


def test_simes_combines_dependent_metrics_of_a_source():
    p = np.array([[0.01, 0.04, 0.03], [0.5, np.nan, 0.2], [np.nan] * 3])
    combined = screening.simes(p)
    assert combined[:2] == pytest.approx([0.03, 0.4])
    assert np.isnan(combined[2])


@pytest.mark.parametrize(("dependent", "method"), [(False, "bh"), (True, "by")])
def test_families_of_one_are_plain_benjamini_hochberg_or_yekutieli(dependent: bool, method: str):
    alone = screening.screen_families(np.array(BH["p"])[:, None], dependent=dependent)[:, 0]
    np.testing.assert_allclose(alone, stats.false_discovery_control(BH["p"], method=method))


@given(arrays(np.float64, (4, 3), elements=st.one_of(st.floats(1e-6, 1), st.just(np.nan))))
def test_a_member_is_rejected_at_the_rate_at_which_its_family_is_selected_and_it_stands_out_in_it(p: np.ndarray):
    """Benjamini and Bogomolov's two steps at one rate after the other, as they are written."""
    adjusted = screening.screen_families(p, dependent=False)
    for rate in (0.01, 0.1, 0.5):
        chosen = screening.benjamini_hochberg(screening.simes(p)) <= rate
        families = (~np.isnan(p)).any(axis=1).sum()
        within = np.array([screening.benjamini_hochberg(row) for row in p])
        expected = chosen[:, None] & (within <= rate * chosen.sum() / max(families, 1))
        np.testing.assert_array_equal(adjusted <= rate, expected)


def test_screening_finds_the_one_bad_source_and_keeps_to_its_false_discovery_rate():
    """Three metrics of a source hang together: they count the same leads."""
    random = np.random.default_rng(1)
    found, false = 0, 0.0
    for _ in range(200):
        expected = np.full((50, 3), 30.0)
        true = expected.copy()
        true[0] *= 0.4
        counts = np.cumsum(random.poisson(true / [30, 10, 10] * [20, 5, 5]), axis=1)
        adjusted = screening.screen_families(
            screening.mid_p_low(counts, np.cumsum(expected / [30, 10, 10] * [20, 5, 5], axis=1)), dependent=False
        )
        hits = (adjusted <= screening.FALSE_DISCOVERY_RATE).any(axis=1)
        found, false = found + hits[0], false + hits[1:].sum() / max(hits.sum(), 1)
    assert found / 200 > 0.95
    assert false / 200 <= screening.FALSE_DISCOVERY_RATE
