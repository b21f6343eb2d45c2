"""Reserving estimates against published triangles and the chainladder library."""

import chainladder
import numpy as np
import pytest

from orchestration.control import reserving
from tests.control.known import known, triangle

GENINS, RAA = known()["genins"], known()["raa"]


def test_k6_chain_ladder_reserves_of_taylor_and_ashe():
    cells = triangle("genins")
    value, _ = reserving.latest(cells)
    reserve = reserving.chain_ladder(cells) - value
    np.testing.assert_allclose(reserve[1:], GENINS["ibnr"], atol=0.006)
    assert reserve.sum() == pytest.approx(GENINS["total"], abs=0.006)


def test_k6_factors_and_sigma_of_taylor_and_ashe():
    development = reserving.develop(triangle("genins"))
    np.testing.assert_allclose(development.factors, GENINS["factors"], atol=5e-7)
    np.testing.assert_allclose(development.sigma_squared, GENINS["sigma_squared"], rtol=1e-5)


def test_k6_macks_standard_errors():
    each, total = reserving.mack_standard_error(triangle("genins"))
    np.testing.assert_allclose(each[1:], GENINS["se"], atol=0.5)
    assert round(total) == GENINS["se_total_mack"]


def test_k6_chainladder_agrees_when_it_interpolates_sigma_by_macks_rule():
    sample = chainladder.load_sample("genins")
    for rule, expected in (("mack", "se_total_mack"), ("log-linear", "se_total_loglinear")):
        fitted = chainladder.MackChainladder().fit(
            chainladder.Development(sigma_interpolation=rule).fit_transform(sample)
        )
        assert round(float(fitted.total_mack_std_err_.values.max())) == GENINS[expected]


def test_k7_reinsurance_association_of_america():
    cells = triangle("raa")
    value, _ = reserving.latest(cells)
    reserve = reserving.chain_ladder(cells) - value
    assert np.round(reserve[1:]).tolist() == RAA["ibnr"]
    assert round(reserve.sum()) == RAA["total"]
    assert round(reserving.mack_standard_error(cells)[1]) == RAA["se_total"]


def test_k8_exposure_methods_with_five_million_an_origin():
    cells, exposure = triangle("genins"), np.full(10, 5e6)
    value, _ = reserving.latest(cells)
    assert (reserving.bornhuetter_ferguson(cells, exposure, 1.0) - value).sum() == pytest.approx(
        GENINS["bf_5m"], abs=0.06
    )
    twice = (reserving.benktander(cells, exposure, 1.0) - value).sum()
    assert twice == pytest.approx(GENINS["benktander2_5m"], abs=0.06)
    assert (reserving.cape_cod(cells, exposure) - value).sum() == pytest.approx(GENINS["capecod_5m"], abs=0.06)
    assert reserving.cape_cod_rate(cells, exposure) == pytest.approx(GENINS["capecod_elr"], abs=5e-6)


def test_k9_weekly_triangle_by_every_method():
    case = known()["weekly_triangle"]
    cells = np.array([row + [np.nan] * (4 - len(row)) for row in case["won"]])
    leads = np.full(4, 400.0)
    np.testing.assert_allclose(reserving.develop(cells).factors, [2.833333, 1.461538, 1.111111], atol=5e-7)
    np.testing.assert_allclose(reserving.develop(cells).to_ultimate[:3], [4.60114, 1.623932, 1.111111], atol=5e-7)
    np.testing.assert_allclose(reserving.chain_ladder(cells), case["cl"], atol=5e-7)
    np.testing.assert_allclose(reserving.bornhuetter_ferguson(cells, leads, 0.03), case["bf_p03"], atol=5e-7)
    np.testing.assert_allclose(reserving.cape_cod(cells, leads), case["capecod"], atol=5e-7)


def test_benktander_repeated_tends_to_chain_ladder():
    cells = triangle("raa")
    many = reserving.benktander(cells, np.full(10, 2e4), 1.0, iterations=500)
    np.testing.assert_allclose(many, reserving.chain_ladder(cells), rtol=1e-6)


def test_a_triangle_that_starts_at_nothing_cannot_be_developed():
    with pytest.raises(ValueError, match="age 0 has nothing"):
        reserving.chain_ladder([[0.0, 3.0], [0.0, np.nan]])
