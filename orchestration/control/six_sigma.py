"""Defects counted as in a factory: per unit, per opportunity, per million, and the yield that is left.

Belongs here: the arithmetic of defect rates and yields, elementwise. Does not belong here: what a defect is (the
qualification criteria), or whether a rate is noise (`charts.py`).
"""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from orchestration.control.arrays import Floats, divided, floats, not_negative

CONVENTIONAL_SHIFT = 1.5
"""Sigmas that convention adds for long-term drift; state it wherever a sigma level is shown."""


def defects_per_unit(defects: ArrayLike, units: ArrayLike) -> Floats:
    """DPU = defects / units; NaN without units."""
    not_negative(defects=defects, units=units)
    return divided(defects, units)


def defects_per_opportunity(defects: ArrayLike, units: ArrayLike, opportunities_per_unit: ArrayLike) -> Floats:
    """DPO = defects / (units x opportunities per unit)."""
    not_negative(defects=defects, units=units, opportunities_per_unit=opportunities_per_unit)
    return divided(defects, floats(units) * floats(opportunities_per_unit))


def defects_per_million(defects: ArrayLike, units: ArrayLike, opportunities_per_unit: ArrayLike) -> Floats:
    """DPMO = 1e6 x DPO."""
    return 1e6 * defects_per_opportunity(defects, units, opportunities_per_unit)


def first_pass_yield(right_first_time: ArrayLike, entered: ArrayLike) -> Floats:
    """FPY = accepted at first presentation, without rework or return / entered."""
    return divided(right_first_time, entered)


def rolled_throughput_yield(yields: ArrayLike) -> Floats:
    """Product of the steps' first-pass yields, over the last axis."""
    return cast(Floats, floats(yields).prod(axis=-1))


def normalised_yield(yields: ArrayLike) -> Floats:
    """The equal yield per step that gives the same rolled yield, RTY^(1/K), over the last axis."""
    steps = floats(yields)
    return rolled_throughput_yield(steps) ** (1 / steps.shape[-1])


def yield_from_defects(total_defects_per_unit: ArrayLike) -> Floats:
    """Share of units without any defect when defects fall independently (Poisson): exp(-TDPU)."""
    return np.exp(-floats(total_defects_per_unit))


def sigma_level(defects_per_million_opportunities: ArrayLike, shift: float = CONVENTIONAL_SHIFT) -> Floats:
    """z(1 - DPMO / 1e6) + shift."""
    return cast(Floats, stats.norm.isf(floats(defects_per_million_opportunities) / 1e6)) + shift


def defects_per_million_at(level: ArrayLike, shift: float = CONVENTIONAL_SHIFT) -> Floats:
    """DPMO at a sigma level, the inverse of `sigma_level`."""
    return 1e6 * cast(Floats, stats.norm.sf(floats(level) - shift))
