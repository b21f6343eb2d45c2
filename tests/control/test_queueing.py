"""Waiting times against textbook queues."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.control import queueing


def test_k23_eye_clinic_of_three_doctors():
    assert float(queueing.utilisation(6, 1 / 3, 3)) == pytest.approx(2 / 3)
    assert float(queueing.erlang_c(2, 3)) == pytest.approx(4 / 9)
    assert float(queueing.queue_length(6, 1 / 3, 3)) == pytest.approx(8 / 9)
    assert float(queueing.queue_length(6, 1 / 3, 3)) + 2 == pytest.approx(26 / 9)
    wait = 60 * float(queueing.mean_wait(6, 1 / 3, 3))
    assert wait == pytest.approx(8.889, abs=5e-4)
    assert wait + 20 == pytest.approx(28.889, abs=5e-4)
    assert 60 * float(queueing.variable_wait(6, 1 / 3, 3, 1, 1)) == pytest.approx(9.53, abs=5e-3)


def test_k24_three_servers_of_the_pocket_calculator_handbook():
    wait, length = float(queueing.mean_wait(1.2, 2, 3)), float(queueing.queue_length(1.2, 2, 3))
    assert [round(x, 3) for x in (wait, wait + 2, length, length + 2.4)] == [2.157, 4.157, 2.589, 4.989]


def test_k25_hospital_with_one_doctor_and_with_two():
    np.testing.assert_allclose(queueing.queue_length(2, 1 / 3, [1, 2]), [4 / 3, 1 / 12])
    np.testing.assert_allclose(queueing.mean_wait(2, 1 / 3, [1, 2]), [2 / 3, 1 / 24])
    np.testing.assert_allclose(queueing.queue_length(2, 1 / 3, [1, 2]) + 2 / 3, [2, 3 / 4])
    np.testing.assert_allclose(queueing.mean_wait(2, 1 / 3, [1, 2]) + 1 / 3, [1, 3 / 8])


@pytest.mark.parametrize(
    ("rate", "service", "agents", "limit", "waiting", "answer", "level"),
    [(720 / 3600, 240, 55, 15, 0.238701, 8.184, 0.845883), (200 / 3600, 180, 14, 20, 0.174132, 7.836, 0.888350)],
)
def test_k26_call_centres(
    rate: float, service: float, agents: int, limit: float, waiting: float, answer: float, level: float
):
    assert float(queueing.erlang_c(rate * service, agents)) == pytest.approx(waiting, abs=5e-7)
    assert float(queueing.mean_wait(rate, service, agents)) == pytest.approx(answer, abs=5e-4)
    assert 1 - float(queueing.wait_longer_than(limit, rate, service, agents)) == pytest.approx(level, abs=5e-7)


def test_k27_a_fifth_more_leads_needs_a_seventh_and_better_an_eighth_person():
    assert float(queueing.utilisation(10, 0.5, 6)) == pytest.approx(0.833, abs=5e-4)
    assert float(queueing.erlang_c(5, 6)) == pytest.approx(0.5875, abs=5e-5)
    waits = 60 * queueing.mean_wait([10, 12, 12, 12], 0.5, [6, 6, 7, 8])
    late = queueing.wait_longer_than(1, [10, 12, 12, 12], 0.5, [6, 6, 7, 8])
    np.testing.assert_allclose(waits, [17.6, np.inf, 18.4, 5.4], atol=0.05)
    np.testing.assert_allclose(late, [0.0795, 1, 0.0831, 0.0065], atol=5e-5)
    assert queueing.required_servers([10, 12], 0.5, 1).tolist() == [6, 7]


def test_k28_littles_law():
    assert float(queueing.littles_law_gap(300, 200, 1.5)) == 0
    assert queueing.littles_law_broken([300, 340, 270], 200, 1.5).tolist() == [False, True, True]


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 40), st.integers(1, 60))
def test_the_recursion_is_erlangs_formula(load: float, servers: int):
    terms = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(servers + 1)]
    assert float(queueing.erlang_b(load, servers)) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 2), st.integers(1, 30), st.floats(0.05, 8))
def test_admissible_arrivals_just_keep_the_promise(service: float, servers: int, limit: float):
    rate = float(queueing.admissible_arrivals(service, servers, limit))
    assert queueing.wait_longer_than(limit, rate, service, servers) <= 0.1 + 1e-9
    assert queueing.wait_longer_than(limit, rate * 1.001 + 1e-9, service, servers) > 0.1
    assert queueing.required_servers(rate * 0.999, service, limit) <= servers


def test_an_idle_queue_and_an_impossible_one():
    assert queueing.erlang_c(0, 3) == 0
    assert queueing.required_servers(0, 0.5, 1) == 0
    with pytest.raises(ValueError, match="check the units"):
        queueing.required_servers(30_000, 0.5, 1)
