"""Pivots without people, and the tactics that starve."""

import numpy as np
import pytest

from orchestration.control import pivot


def test_a_ten_point_move_between_two_tactics():
    assert float(pivot.total_variation([60, 40], [50, 50])) == pytest.approx(0.10)
    assert float(pivot.stability_index([60, 40], [50, 50])) == pytest.approx(0.0405, abs=5e-5)


def test_more_money_in_the_same_mix_is_no_change_of_tactics():
    assert float(pivot.total_variation([120, 80], [60, 40])) == 0


def test_required_hours_follow_leads_reach_and_time():
    hours = pivot.required_hours([100, 50], [[1.0, 0.2], [1.0, 0.4]], [[0.5, 2.0], [1.0, 2.0]])
    assert hours.tolist() == [100, 80]


def assess(required: float, available: float, spend: tuple[float, float] = (70, 30)) -> pivot.Pivot:
    return pivot.assess(spend, (50, 50), [required], [100.0], [available], [150.0])


def test_a_pivot_without_resources_is_a_change_whose_need_outgrew_the_hours():
    assert assess(115, 150).without_resources
    assert not assess(115, 165).without_resources
    assert not assess(115, 150, spend=(52, 48)).without_resources
    assert assess(140, 150).utilisation[0] == pytest.approx(0.933, abs=5e-4)


def test_a_saturated_role_is_short_even_when_it_did_not_grow():
    assert pivot.assess((70, 30), (50, 50), [95.0], [95.0], [100.0], [100.0]).without_resources


def test_a_new_plan_version_is_a_change_by_itself():
    found = pivot.assess((50, 50), (50, 50), [130.0], [100.0], [150.0], [150.0], plan_changed=True)
    assert found.without_resources


def test_a_role_that_is_needed_and_has_no_hours_is_endlessly_short():
    found = pivot.assess((70, 30), (50, 50), [10.0], [0.0], [0.0], [0.0])
    assert found.utilisation[0] == np.inf
    assert found.short[0]


def test_a_tactic_starves_when_it_lost_while_another_rose():
    index, starves = pivot.starvation([40, 90, 50], [80, 90, 50], [60, 60, 50])
    assert index.tolist() == [0.5, 0, 0]
    assert starves.tolist() == [True, False, False]
    assert not pivot.starvation([40, 50], [80, 90], [60, 60])[1].any()


def test_missing_hours_cost_the_meetings_they_would_have_held():
    assert float(pivot.cost_of_shortage(30, 1.5, 400)) == 8_000
