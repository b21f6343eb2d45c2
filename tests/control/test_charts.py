"""Control charts against the handbook's worked examples."""

import numpy as np
import pytest

from orchestration.control import charts
from tests.control.known import known


def test_k13_p_chart_of_the_orange_juice_cans():
    case = known()["orange_juice"]
    chart = charts.p_chart(case["count"], np.full(30, case["number"]))
    assert chart.centre[0] == pytest.approx(0.2313, abs=5e-5)
    assert chart.upper[0] == pytest.approx(0.4102, abs=5e-5)
    assert chart.lower[0] == pytest.approx(0.0524, abs=5e-5)
    assert (np.flatnonzero(chart.beyond_limits) + 1).tolist() == [15, 23]
    assert chart.sigma_z == pytest.approx(1.66087, abs=5e-6)


def test_k13_without_the_two_outliers_a_third_sample_falls_out():
    case = known()["orange_juice"]
    kept = np.delete(np.array(case["count"]), [14, 22])
    chart = charts.p_chart(kept, np.full(28, case["number"]))
    assert kept.sum() == 301
    assert [round(float(x[0]), 4) for x in (chart.centre, chart.upper, chart.lower)] == [0.2150, 0.3893, 0.0407]
    assert chart.value[chart.beyond_limits].tolist() == [0.40]


def test_k14_c_chart_of_the_wafers():
    chart = charts.c_chart(known()["wafers"]["count"])
    assert (chart.centre[0], chart.upper[0], chart.lower[0]) == (16, 28, 4)
    assert chart.value[chart.beyond_limits].tolist() == [31]


def test_k15_individuals_chart_of_the_flow_rate():
    chart = charts.xmr_chart(known()["flow_rate"]["value"])
    assert chart.centre[0] == pytest.approx(50.81)
    assert chart.upper[0] == pytest.approx(55.8041, abs=5e-5)
    assert chart.lower[0] == pytest.approx(45.8159, abs=5e-5)
    assert np.abs(np.diff(chart.value)).mean() == pytest.approx(1.8778, abs=5e-5)


def test_k16_ewma_chart():
    case = known()["ewma"]
    chart = charts.ewma_chart(case["value"], 50, 2.0539, weight=0.3, limit=3)
    np.testing.assert_allclose(chart.value, case["ewma"], atol=0.00501)
    assert chart.upper[-1] == pytest.approx(52.5884, abs=5e-5)
    assert chart.lower[-1] == pytest.approx(47.41157, abs=5e-5)


def test_k17_laney_forgives_what_a_p_chart_flags_in_16_of_20_weeks():
    case = known()["nhs"]
    plain, laney = charts.p_chart(case["r"], case["n"]), charts.laney_p_chart(case["r"], case["n"])
    assert laney.centre[0] == pytest.approx(case["pbar"], abs=5e-11)
    assert laney.sigma_z == pytest.approx(case["sigma_z"], abs=5e-9)
    assert (plain.beyond_limits.sum(), laney.beyond_limits.sum()) == (16, 0)
    assert [round(float(x), 5) for x in (laney.lower[0], laney.upper[0])] == [0.94013, 0.96567]


def test_laney_limits_are_the_plain_ones_times_sigma_z():
    case = known()["orange_juice"]
    plain, laney = (f(case["count"], np.full(30, 500)) for f in (charts.u_chart, charts.laney_u_chart))
    np.testing.assert_allclose(laney.upper - laney.centre, (plain.upper - plain.centre) * plain.sigma_z)


def test_rules_flag_a_point_beyond_three_sigma_and_the_eighth_in_a_row():
    value = np.array([1.0, 0] * 10 + [0.9] * 8 + [0.4, 9])
    chart = charts.xmr_chart(value, centre=0.5)
    assert np.flatnonzero(chart.eight_in_a_row).tolist() == [27]
    assert np.flatnonzero(chart.beyond_limits).tolist() == [29]
    assert np.flatnonzero(chart.flagged).tolist() == [27, 29]


def test_our_two_rules_alarm_every_153_weeks_where_all_four_alarm_every_92():
    """Average run length of rules 1 and 4 of Champ & Woodall (1987), by simulation."""
    steps = np.random.default_rng(7).normal(size=(4000, 1200))
    flat = np.zeros_like(steps)
    chart = charts.ControlChart(steps, flat, flat - 3, flat + 3, np.ones(4000))
    flagged = chart.flagged
    first = np.where(flagged.any(axis=1), flagged.argmax(axis=1) + 1, 1200)
    assert first.mean() == pytest.approx(152.7, abs=8)


def test_a_week_without_data_is_neither_flagged_nor_counted_in_a_run():
    value = np.array([1.0, 1, 1, 1, np.nan, 1, 1, 1, 1])
    chart = charts.xmr_chart(value, centre=0.0)
    assert np.flatnonzero(chart.eight_in_a_row).tolist() == [8]
    assert not chart.beyond_limits[4]
    assert charts.laney_p_chart([5, 0, 6], [10, 0, 10]).centre[0] == pytest.approx(0.55)


def test_all_sources_are_charted_at_once_as_each_alone():
    random = np.random.default_rng(2)
    n = random.integers(20, 90, (5, 30))
    x = random.binomial(n, 0.3)
    together = charts.laney_p_chart(x, n)
    for source in range(5):
        alone = charts.laney_p_chart(x[source], n[source])
        np.testing.assert_array_equal(together.upper[source], alone.upper)


def test_skewed_times_are_charted_by_their_logarithm():
    chart = charts.xmr_of_log([10.0, 20, 10, 20])
    assert chart.centre[0] == pytest.approx(np.sqrt(200))
    assert chart.lower[0] > 0


def test_dispersion_is_the_square_of_sigma_z_and_never_flatters():
    case = known()["orange_juice"]
    over = charts.dispersion(charts.p_chart(case["count"], np.full(30, 50)))
    under = charts.dispersion(charts.p_chart([5, 5, 5, 5], [10, 10, 10, 10]))
    assert over == pytest.approx(1.66087**2, abs=1e-4)
    assert under == 1
