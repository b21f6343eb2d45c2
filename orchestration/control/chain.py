"""From quantities along the funnel to the factors whose product is the acquisitions of a cell.

Belongs here: which quantity is a factor of which, and the product rules for zeros and unknowns. Does not
belong here: the decomposition itself (`decomposition.py`), sources, weeks and owners (`drivers.py`).

Acquisitions = budget x spend_mix x (leads / spend) x (accepted / leads) x ... x (won / opportunities). A
cell that has no spend to start from begins at its volume instead: volume x the rest of the chain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.control.decomposition import Floats

NODES = ("spend", "leads", "accepted", "meetings", "opportunities", "won")
STEPS = ("cost_per_lead", "lead_to_accepted", "accepted_to_meeting", "meeting_to_opportunity", "opportunity_to_won")
FACTORS = ("budget", "spend_mix", "volume", *STEPS)
BUDGET, SPEND_MIX, VOLUME = 0, 1, 2
FIRST_STEP = 3

LMDI, LMDI_LIMIT, SHAPLEY = "lmdi", "lmdi_limit", "shapley"
MERGED = "_merged"


@dataclass(frozen=True)
class FactorChain:
    """Factors of each cell under plan and in fact, shape (cells, len(FACTORS)); 1 where one does not apply.

    `applies` marks the factors a cell has, `method` names the decomposition that serves the cell,
    `starts_at_ spend` the cells whose chain begins with budget and spend mix.
    """

    plan: Floats
    actual: Floats
    applies: NDArray[np.bool_]
    starts_at_spend: NDArray[np.bool_]
    method: NDArray[np.str_]


def factor_chain(plan: Floats, actual: Floats, plan_budget: Floats, actual_budget: Floats) -> FactorChain:
    """Factor matrices from node quantities.

    `plan` and `actual` have shape (cells, len(NODES)), not negative, NaN = not known (never for won); the
    budgets are each cell's total spend over all cells of its week. The product of a cell's factors is its
    won, on both sides, always. Rules, from methods of Ang & Liu (2007) Energy Policy 35:238-246 and of
    this project:

    * A quantity that is not known on a side, or is 0 while a later one is not (a win this week from an
    older opportunity), cannot be divided by: it is left out on both sides and the two steps around it
    become one, named for the later, method `..._merged`. LMDI merges factors without changing the others'
    effects.
    * After the first 0 the ratios are 0/0: they stand as on the other side (effect 0), so one factor
    carries the change.
    * Won is 0 on one side because the chain's start is (source stopped or launched): the start carries
    it, by the limit of LMDI (`lmdi_limit`). Won is 0 because a step is (nothing won this week from few):
    `shapley`, which is continuous there.
    """
    kept = _kept(plan, actual)
    at_spend = kept[:, 0]
    applies = np.zeros((len(plan), len(FACTORS)), dtype=np.bool_)
    applies[:, BUDGET], applies[:, SPEND_MIX] = True, at_spend
    applies[:, VOLUME] = ~at_spend
    first = kept.argmax(axis=1)
    for node in range(1, len(NODES)):
        applies[:, FIRST_STEP + node - 1] = kept[:, node] & (first < node)
    before, after = _resolved(_ratios(plan, kept, plan_budget), _ratios(actual, kept, actual_budget))
    method = _method(plan, actual, kept, before, after)
    return FactorChain(before, after, applies, at_spend, method)


def productivity(chain: FactorChain, plan_budget: Floats, actual_budget: Floats) -> tuple[Floats, Floats]:
    """Factors of acquisitions per money: budget drops out, except for cells that do not start at spend.

    Those are spread over the whole budget (factor 1 / budget), so that all cells together explain the
    blended cost per acquisition. Budgets must be positive.
    """
    plan, actual = chain.plan.copy(), chain.actual.copy()
    plan[:, BUDGET] = np.where(chain.starts_at_spend, 1.0, 1.0 / plan_budget)
    actual[:, BUDGET] = np.where(chain.starts_at_spend, 1.0, 1.0 / actual_budget)
    return plan, actual


def _kept(plan: Floats, actual: Floats) -> NDArray[np.bool_]:
    """Which nodes a chain can pass through, shape (cells, nodes); the last always."""
    known = ~(np.isnan(plan) | np.isnan(actual))
    kept = known.copy()
    for side in (plan, actual):
        positive = known & (side > 0)
        later = np.zeros_like(positive)
        later[:, :-1] = np.logical_or.accumulate(positive[:, :0:-1], axis=1)[:, ::-1]
        kept &= positive | ~later
    return kept


def _ratios(nodes: Floats, kept: NDArray[np.bool_], budget: Floats) -> Floats:
    """Factors of one side, NaN where they are 0/0."""
    factors = np.ones((len(nodes), len(FACTORS)))
    at_spend = kept[:, 0]
    factors[at_spend, BUDGET] = budget[at_spend]
    factors[at_spend, SPEND_MIX] = _divided(nodes[at_spend, 0], budget[at_spend])
    previous = np.where(at_spend, nodes[:, 0], np.nan)
    for node in range(1, len(NODES)):
        here, started = kept[:, node], ~np.isnan(previous)
        starts, steps = here & ~started, here & started
        factors[starts, VOLUME] = nodes[starts, node]
        factors[steps, FIRST_STEP + node - 1] = _divided(nodes[steps, node], previous[steps])
        previous = np.where(here, nodes[:, node], previous)
    return factors


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    out = np.full_like(numerator, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)


def _resolved(plan: Floats, actual: Floats) -> tuple[Floats, Floats]:
    """0/0 stands as on the other side; on both sides, as 1."""
    before = np.where(np.isnan(plan), actual, plan)
    after = np.where(np.isnan(actual), plan, actual)
    return np.nan_to_num(before, nan=1.0), np.nan_to_num(after, nan=1.0)


def _method(plan: Floats, actual: Floats, kept: NDArray[np.bool_], before: Floats, after: Floats) -> NDArray[np.str_]:
    """The method of each cell, and whether its chain had to be merged."""
    one_side_empty = (plan[:, -1] > 0) != (actual[:, -1] > 0)
    a_step_is_zero = (before[:, FIRST_STEP:] == 0).any(axis=1) | (after[:, FIRST_STEP:] == 0).any(axis=1)
    method = np.where(one_side_empty, np.where(a_step_is_zero, SHAPLEY, LMDI_LIMIT), LMDI)
    has_spend = (np.nan_to_num(plan[:, 0]) > 0) | (np.nan_to_num(actual[:, 0]) > 0)
    merged = ~kept[:, 1:].all(axis=1) | (has_spend & ~kept[:, 0])
    return np.where(merged, np.char.add(method, MERGED), method)
