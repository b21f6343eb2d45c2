"""Why a week's acquisitions and their cost differ from the plan: by source and factor, in both currencies.

Belongs here: joining cells to the decomposition, owners, and the proof that nothing is left over. Does
not belong here: the mathematics (`decomposition.py`, `standard_costing.py`) or the product rules
(`chain.py`).
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.control.cells import ACTUAL, PLAN
from orchestration.control.chain import FACTORS, NODES, SHAPLEY, FactorChain, factor_chain, productivity
from orchestration.control.decomposition import Floats, flexible_budget_effects, lmdi, shapley
from orchestration.control.standard_costing import sequential
from orchestration.control.week_state import JudgedWeek, judged_columns

FACTOR_OWNERS = {
    "budget": "marketing",
    "spend_mix": "marketing",
    "volume": "marketing",
    "cost_per_lead": "marketing",
    "lead_to_accepted": "marketing",
    "accepted_to_meeting": "sales",
    "meeting_to_opportunity": "sales",
    "opportunity_to_won": "sales",
}
VALUES = [
    "effect_acquisitions",
    "effect_acquisitions_standard",
    "effect_acquisitions_shapley",
    "effect_money",
    "effect_cost_per_acquisition",
]
TOLERANCE = 1e-9


class ResidualError(ArithmeticError):
    """A decomposition left something over: a defect of the program, nothing may be stored."""


def weekly_drivers(cells: pd.DataFrame, weeks: Sequence[JudgedWeek], as_of: datetime) -> pd.DataFrame:
    """Effects per week x source x factor, for the `weeks` that are not blocked and know won on both sides.

    `cells` as from `cells.align`, `as_of` naive UTC. Columns of schemas.DRIVER_SCHEMA without revision.
    effect_acquisitions (LMDI), effect_acquisitions_standard and effect_acquisitions_shapley are in
    acquisitions: over all rows of a week each sums to won actual - won plan. effect_money is in the
    settings currency (+ is unfavourable) and sums to the flexible-budget variance, spend - won x planned
    cost per acquisition, blended over all sources; NULL where a budget or the planned cost per
    acquisition does not exist; effect_cost_per_acquisition is the same per acquisition and sums to actual -
    planned cost. `method` lists what served the source's cells. A cell without a row in the plan counts as
    planned 0; one whose spend is 0 or not known on a side starts at its volume: nothing it did can be
    explained by cost. Raises ResidualError if a sum is off by more than 1e-9 of its scale.
    """
    chosen = _explainable(cells, weeks)
    plan, actual = _nodes(chosen, PLAN), _nodes(chosen, ACTUAL)
    week_no = np.unique(chosen["week_start"].to_numpy(), return_inverse=True)[1].astype(np.intp)
    plan_totals, actual_totals = _week_totals(plan, week_no), _week_totals(actual, week_no)
    chain = factor_chain(plan, actual, plan_totals[week_no, 0], actual_totals[week_no, 0])
    effects = {
        "effect_acquisitions": _by_method(chain, chain.plan, chain.actual),
        "effect_acquisitions_standard": sequential(chain.plan, chain.actual),
        "effect_acquisitions_shapley": shapley(chain.plan, chain.actual),
    }
    for name, values in effects.items():
        _prove(name, values, actual[:, -1] - plan[:, -1], np.maximum(actual[:, -1], plan[:, -1]))
    effects["effect_money"] = _money(chain, plan_totals, actual_totals, week_no)
    acquired = actual_totals[week_no, 1][:, None]
    effects["effect_cost_per_acquisition"] = np.divide(
        effects["effect_money"], acquired, out=np.full_like(effects["effect_money"], np.nan), where=acquired > 0
    )
    week_columns = judged_columns(weeks)[["week_start", "iso_week"]]
    return _by_source(chosen, chain, effects).merge(week_columns, on="week_start").assign(as_of=as_of)


def _explainable(cells: pd.DataFrame, weeks: Sequence[JudgedWeek]) -> pd.DataFrame:
    """The cells of weeks whose figures may be used, in which won is known on both sides somewhere."""
    usable = [week.week_start for week in weeks if week.state != "blocked"]
    chosen = cells.loc[cells["week_start"].isin(pd.to_datetime(usable))]
    known = chosen[["won" + PLAN, "won" + ACTUAL]].notna().groupby(chosen["week_start"]).transform("any")
    return chosen.loc[known.all(axis=1)]


def _nodes(cells: pd.DataFrame, side: str) -> Floats:
    """Quantities along the chain, shape (cells, nodes); what was not planned at all is planned 0."""
    nodes = cells[[node + side for node in NODES]].to_numpy(dtype=np.float64, copy=True)
    if side == PLAN:
        nodes[~cells["in_plan"].to_numpy(dtype=np.bool_)] = 0.0
    nodes[:, -1] = np.nan_to_num(nodes[:, -1])
    return nodes


def _week_totals(nodes: Floats, week_no: NDArray[np.intp]) -> Floats:
    """Spend and won per week, shape (weeks, 2), over what is known."""
    ends = (nodes[:, 0], nodes[:, -1])
    return np.column_stack([_sum_by(week_no, np.nan_to_num(end)) for end in ends])


def _sum_by(groups: NDArray[np.intp], values: Floats) -> Floats:
    return np.bincount(groups, weights=values).astype(np.float64)


def _by_method(chain: FactorChain, plan: Floats, actual: Floats) -> Floats:
    effects = lmdi(plan, actual)
    rows = np.char.startswith(chain.method, SHAPLEY)
    effects[rows] = shapley(plan[rows], actual[rows])
    return effects


def _money(chain: FactorChain, plan_totals: Floats, actual_totals: Floats, week_no: NDArray[np.intp]) -> Floats:
    """Effects in money, NaN in weeks without both budgets and a planned acquisition."""
    priced = (plan_totals > 0).all(axis=1) & (actual_totals[:, 0] > 0)
    plan_spend, actual_spend = (np.where(priced, t[:, 0], 1.0) for t in (plan_totals, actual_totals))
    plan_cpa = np.divide(plan_spend, plan_totals[:, 1], out=np.zeros_like(plan_spend), where=priced)
    plan, actual = productivity(chain, plan_spend[week_no], actual_spend[week_no])
    money = flexible_budget_effects(
        _by_method(chain, plan, actual), plan_cpa[week_no, None], actual_spend[week_no, None]
    )
    by_factor = np.column_stack([_sum_by(week_no, column) for column in money.T])
    standard = actual_totals[:, 1] * plan_cpa
    flexible, scale = actual_totals[:, 0] - standard, np.maximum(actual_totals[:, 0], standard)
    _prove("effect_money", by_factor[priced], flexible[priced], scale[priced])
    money[~priced[week_no]] = np.nan
    return money


def _prove(name: str, effects: Floats, expected: Floats, size: Floats) -> None:
    """Refuse rows of effects that do not sum to `expected`; their scale is the largest of all that is added."""
    gap = np.abs(effects.sum(axis=1) - expected)
    scale = np.maximum(np.abs(effects).sum(axis=1), np.maximum(size, 1.0))
    if (gap > TOLERANCE * scale).any():
        raise ResidualError(f"{name} leaves {gap.max():.3g} unexplained")


def _by_source(cells: pd.DataFrame, chain: FactorChain, effects: dict[str, Floats]) -> pd.DataFrame:
    """Long form: one row per week x source x factor that applies to one of the source's cells."""
    row, factor = np.nonzero(chain.applies)
    long = cells[["week_start", "source"]].iloc[row].assign(factor_no=factor)
    for name, values in effects.items():
        long[name] = values[row, factor]
    keys = ["week_start", "source"]
    sums = long.groupby([*keys, "factor_no"], sort=True)[VALUES].sum(min_count=1).reset_index()
    sums["factor"] = np.array(FACTORS)[sums.pop("factor_no")]
    sums["owner"] = sums["factor"].map(FACTOR_OWNERS)
    return sums.merge(_methods(cells[keys], chain.method), on=keys)


def _methods(keys: pd.DataFrame, method: NDArray[np.str_]) -> pd.DataFrame:
    """The methods of each source's cells, comma, one row per week x source."""
    names, number = np.unique(method, return_inverse=True)
    flags = pd.DataFrame(number[:, None] == np.arange(len(names)), index=keys.index)
    used = flags.groupby([keys[key] for key in keys]).any()
    combinations, which = np.unique(used.to_numpy(), axis=0, return_inverse=True)
    labels = [",".join(names[row].tolist()) for row in combinations]
    return used.index.to_frame(index=False).assign(method=np.array(labels)[which])
