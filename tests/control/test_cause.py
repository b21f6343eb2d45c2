"""Whose fault it is: the exact split and the posterior."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.control import cause
from orchestration.control.cause import Handoff


def handoff(leads: float, ready: float, sla: float, meetings: float) -> Handoff:
    return Handoff(*(np.array([x]) for x in (leads, ready, sla, meetings)))


def test_k29_the_split_of_twenty_lost_meetings():
    effects = cause.split(handoff(400, 0.4, 0.9, 80), handoff(625, 0.24, 0.8, 60), 0.52, 0.32)
    np.testing.assert_allclose(effects[0], [31.0264, -35.5132, -2.8380, -12.6752], atol=5e-5)
    assert effects.sum() == pytest.approx(-20)
    assert cause.expected_conversion([0.9, 0.8], 0.52, 0.32).tolist() == pytest.approx([0.5, 0.48])


def test_shares_of_loss_leave_out_what_gained():
    shares = cause.shares_of_loss([[31.0, -30.0, -10.0, 5.0], [0, 1.0, 1.0, 1.0]])
    np.testing.assert_allclose(shares, [[0.75, 0.25, 0], [0, 0, 0]])


rate = st.floats(0.05, 0.95)


@settings(max_examples=60, deadline=None)
@given(st.tuples(st.floats(1, 1e4), rate, rate), st.tuples(st.floats(1, 1e4), rate, rate), st.floats(0, 500))
def test_the_split_always_sums_to_the_change(plan: tuple[float, ...], actual: tuple[float, ...], meetings: float):
    planned = plan[0] * plan[1] * float(cause.expected_conversion(plan[2], 0.5, 0.3))
    effects = cause.split(handoff(*plan, planned), handoff(*actual, meetings), 0.5, 0.3)
    assert effects.sum() == pytest.approx(meetings - planned, abs=1e-9 * max(planned, meetings, 1))


def test_a_source_without_ready_leads_loses_by_readiness_alone():
    effects = cause.split(handoff(400, 0.4, 0.9, 80), handoff(400, 0.0, 0.9, 0), 0.52, 0.32)
    np.testing.assert_allclose(effects[0], [0, -80, 0, 0], atol=1e-9)


def test_the_service_share_at_which_effort_alone_costs_a_fifth():
    worse = cause.effort_for_loss(0.9, 0.52, 0.32)
    assert float(cause.expected_conversion(worse, 0.52, 0.32)) == pytest.approx(0.8 * 0.5)


def test_the_posterior_names_the_cause_that_the_evidence_favours():
    chance = cause.posterior([8.0, 0.0, -4.0], [-5.0, 0.0, -6.0], [1.0, 0.0, -3.0])
    assert cause.CAUSES[int(chance[0].argmax())] == "ready"
    np.testing.assert_allclose(chance[1], 0.25)
    assert cause.verdict(chance).tolist() == ["ready", "undecided", "none"]


def test_criteria_that_readers_do_not_agree_on_are_blamed_before_a_person():
    assert cause.verdict([[0.01, 0.97, 0.01, 0.01]] * 2, [0.2, 0.8]).tolist() == ["criteria", "ready"]
