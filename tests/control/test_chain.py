"""The product rules: the factors always multiply to what was won, and one factor carries a zero."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from orchestration.control.chain import FACTORS, factor_chain

PLAN = [1000, 100, 50, 20, 10, 4]


def chain_of(plan, actual, plan_budget=2000.0, actual_budget=2000.0):
    sides = [np.array([side], dtype=float) for side in (plan, actual)]
    return factor_chain(*sides, np.array([plan_budget]), np.array([actual_budget]))


def factors(chain, side):
    values = getattr(chain, side)[0]
    return {name: values[i] for i, name in enumerate(FACTORS) if chain.applies[0, i]}


def test_a_paid_source_has_seven_factors():
    chain = chain_of(PLAN, [900, 90, 40, 20, 10, 5])
    assert factors(chain, "actual") == pytest.approx(
        {
            "budget": 2000,
            "spend_mix": 0.45,
            "cost_per_lead": 0.1,
            "lead_to_accepted": 40 / 90,
            "accepted_to_meeting": 0.5,
            "meeting_to_opportunity": 0.5,
            "opportunity_to_won": 0.5,
        }
    )
    assert chain.method[0] == "lmdi"


@pytest.mark.parametrize("spend", [(0, 0), (np.nan, np.nan), (0, np.nan), (np.nan, 700), (500, np.nan)])
def test_a_source_without_comparable_spend_starts_at_its_volume(spend):
    chain = chain_of([spend[0], *PLAN[1:]], [spend[1], 90, 40, 20, 10, 5])
    assert factors(chain, "plan")["volume"] == 100
    assert factors(chain, "actual")["volume"] == 90
    assert "spend_mix" not in factors(chain, "plan")
    assert "cost_per_lead" not in factors(chain, "plan")


def test_spend_that_cannot_be_compared_is_said_in_the_method():
    assert chain_of([500, *PLAN[1:]], [np.nan, 90, 40, 20, 10, 5]).method[0] == "lmdi_merged"
    assert chain_of([0, *PLAN[1:]], [np.nan, 90, 40, 20, 10, 5]).method[0] == "lmdi"


@pytest.mark.parametrize("stopped", ["plan", "actual"])
def test_only_the_spend_changes_when_a_source_is_launched_or_stopped(stopped):
    sides = (PLAN, [0] * 6) if stopped == "actual" else ([0] * 6, PLAN)
    chain = chain_of(*sides)
    differs = [
        name for name in factors(chain, "plan") if factors(chain, "plan")[name] != factors(chain, "actual")[name]
    ]
    assert differs == ["spend_mix"]
    assert chain.method[0] == "lmdi_limit"


def test_after_the_first_zero_nothing_else_changes():
    chain = chain_of(PLAN, [1000, 80, 30, 0, 0, 0])
    plan, actual = factors(chain, "plan"), factors(chain, "actual")
    assert actual["accepted_to_meeting"] == 0
    assert actual["meeting_to_opportunity"] == plan["meeting_to_opportunity"]
    assert actual["opportunity_to_won"] == plan["opportunity_to_won"]
    assert chain.method[0] == "shapley"


def test_a_step_that_cannot_be_divided_is_merged_into_the_next():
    chain = chain_of(PLAN, [1000, 80, 0, 5, 3, 1])
    assert "lead_to_accepted" not in factors(chain, "plan")
    assert factors(chain, "plan")["accepted_to_meeting"] == pytest.approx(20 / 100)
    assert factors(chain, "actual")["accepted_to_meeting"] == pytest.approx(5 / 80)
    assert chain.method[0] == "lmdi_merged"


def test_meetings_that_no_feed_delivered_are_passed_over():
    chain = chain_of(PLAN, [1000, 80, 40, np.nan, 10, 5])
    assert factors(chain, "plan")["meeting_to_opportunity"] == pytest.approx(10 / 50)
    assert factors(chain, "actual")["meeting_to_opportunity"] == pytest.approx(10 / 40)


def test_a_win_from_an_older_opportunity_of_a_stopped_source_starts_where_something_is():
    chain = chain_of(PLAN, [0, 0, 0, 0, 2, 1])
    assert factors(chain, "actual") == pytest.approx({"budget": 1, "volume": 2, "opportunity_to_won": 0.5})


QUANTITY = st.one_of(st.just(0.0), st.just(np.nan), st.floats(0.01, 1e6))


@given(nodes=arrays(float, (2, 5, 6), elements=QUANTITY), spare=st.floats(0, 1e6))
def test_factors_multiply_to_what_was_won_whatever_is_zero_or_not_known(nodes, spare):
    nodes[:, :, -1] = np.nan_to_num(nodes[:, :, -1])
    budgets = [np.full(5, np.nan_to_num(side[:, 0]).sum() + spare) for side in nodes]
    chain = factor_chain(nodes[0], nodes[1], *budgets)
    for side, won in ((chain.plan, nodes[0, :, -1]), (chain.actual, nodes[1, :, -1])):
        assert np.isfinite(side).all()
        assert (side[~chain.applies] == 1).all()
        assert side.prod(axis=1) == pytest.approx(won, rel=1e-9)
