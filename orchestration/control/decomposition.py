"""Exact decomposition of a change of a sum of products into its factors: LMDI-I and Shapley.

Belongs here: the mathematics, on plain arrays, for any number of cells and factors. Does not belong here:
which quantity is a factor of which (`chain.py`), the sequential view of finance (`standard_costing.py`),
sources, weeks and owners (`drivers.py`).

Every function takes two arrays of shape (cells, factors), the factors of each cell under plan and in
fact, all finite and not negative; a cell's value is the product of its row. Sources: Ang (2005) Energy
Policy 33:867-871, Ang (2015) Energy Policy 86:233-238; zeros: Ang, Zhang & Choi (1998) table 2, Wood &
Lenzen (2006) Energy Policy 34:1326-1331; Shapley: Albrecht et al. (2002), as the diagonal integral of
Owen (1972).
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEAR = 0.5


def checked_factors(plan: Floats, actual: Floats) -> tuple[Floats, Floats]:
    """The two factor matrices as float arrays of one shape (cells, factors).

    Raises ValueError when the shapes differ, or a factor is negative, infinite or not a number.
    """
    before, after = np.asarray(plan, dtype=np.float64), np.asarray(actual, dtype=np.float64)
    if before.shape != after.shape or before.ndim != 2:
        raise ValueError(
            f"factors of plan {before.shape} and actual {after.shape} must both have shape (cells, factors)"
        )
    for name, factors in (("plan", before), ("actual", after)):
        wrong = ~np.isfinite(factors) | (factors < 0)
        if wrong.any():
            cell, factor = (int(i) for i in np.argwhere(wrong)[0])
            raise ValueError(
                f"{name} factor {factor} of cell {cell} is {factors[cell, factor]}: a factor must be finite "
                "and not negative; resolve 0/0 and missing quantities first (chain.factor_chain)"
            )
    return before, after


def log_ratio(numerator: Floats, denominator: Floats) -> Floats:
    """ln(numerator / denominator) where both are positive, else 0; elementwise."""
    both = (numerator > 0) & (denominator > 0)
    safe_numerator, safe_denominator = np.where(both, numerator, 1.0), np.where(both, denominator, 1.0)
    return cast(Floats, np.log(safe_numerator / safe_denominator))


def log_mean(x: Floats, y: Floats) -> Floats:
    """Logarithmic mean L(x, y) = (x - y) / ln(x / y), elementwise; L(x, x) = x and L(x, 0) = 0."""
    return _log_mean(x, y, log_ratio(x, y))


def lmdi(plan: Floats, actual: Floats) -> Floats:
    """Additive LMDI-I effects, shape (cells, factors); each row sums to that cell's change of value.

    Where a value is 0 on one side the analytical limit holds: the factor that is 0 carries the whole
    value and the others nothing. Several factors at 0 on the same side share it equally, which is the
    limit as they vanish together. Raises ValueError as `checked_factors`.
    """
    before, after = checked_factors(plan, actual)
    ratios = log_ratio(after, before)
    value_before, value_after = before.prod(axis=1), after.prod(axis=1)
    weight = _log_mean(value_after, value_before, ratios.sum(axis=1))
    effects = weight[:, None] * ratios
    appears = (value_before == 0) & (value_after > 0)
    effects[appears] = (value_after[:, None] * _share(before == 0))[appears]
    vanishes = (value_after == 0) & (value_before > 0)
    effects[vanishes] = (-value_before[:, None] * _share(after == 0))[vanishes]
    return effects


def lmdi_multiplicative(plan: Floats, actual: Floats) -> Floats:
    """Multiplicative LMDI-I: a ratio per factor, shape (factors,); their product is total actual / plan.

    D_f = exp(sum over cells of L(v1, v0) / L(V1, V0) * ln(f1 / f0)). Raises ValueError as
    `checked_factors`, and when a cell's value is 0 on one side only: the ratio has no finite limit there,
    use `lmdi`.
    """
    before, after = checked_factors(plan, actual)
    value_before, value_after = before.prod(axis=1), after.prod(axis=1)
    if ((value_before == 0) != (value_after == 0)).any():
        raise ValueError("a cell appears or vanishes: its ratio has no finite limit; use the additive lmdi")
    weight = log_mean(value_after, value_before)
    total = log_mean(value_after.sum(keepdims=True), value_before.sum(keepdims=True))
    return cast(Floats, np.exp((weight[:, None] * log_ratio(after, before)).sum(axis=0) / total))


def shapley(plan: Floats, actual: Floats) -> Floats:
    """Shapley effects, shape (cells, factors): continuous at 0, rows sum to the change, any factor count.

    The value of a factor over all orders of substitution equals the integral of its partial change along
    the straight line from plan to actual; that integrand is a polynomial, so Gauss-Legendre nodes give it
    exactly with factors / 2 evaluations instead of 2 to the power of factors. Raises ValueError as
    `checked_factors`.
    """
    before, after = checked_factors(plan, actual)
    change = after - before
    factors = before.shape[1]
    nodes, weights = cast(tuple[Floats, Floats], np.polynomial.legendre.leggauss(factors // 2 + 1))
    effects = np.zeros_like(before)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        effects += weight * product_of_others(before * (1 - node) + after * node)
    return effects * change


def product_of_others(factors: Floats) -> Floats:
    """For each cell and factor, the product of the cell's other factors; no division, so zeros are fine."""
    ahead, behind = np.ones_like(factors), np.ones_like(factors)
    np.cumprod(factors[:, :-1], axis=1, out=ahead[:, 1:])
    behind[:, :-1] = np.cumprod(factors[:, :0:-1], axis=1)[:, ::-1]
    return ahead * behind


def flexible_budget_effects(productivity_effects: Floats, plan_cpa: Floats, actual_cost: Floats) -> Floats:
    """Effects in money (+ is unfavourable) from effects on productivity P = acquisitions / cost.

    dCPA = -CPA0 * CPA1 * dP is exact because P = 1 / CPA; in money it is A1 * dCPA = -CPA0 * B1 * dP,
    which stays finite when nothing was won, and sums to the flexible-budget variance B1 - A1 * CPA0.
    `plan_cpa` (money per acquisition) and `actual_cost` (money) broadcast against the effects.
    """
    return -plan_cpa * actual_cost * productivity_effects


def _log_mean(x: Floats, y: Floats, log_of_ratio: Floats) -> Floats:
    # Near x = y the quotient of two small differences loses digits; sqrt(xy) sinh(u/2)/(u/2) is the same mean.
    near = np.abs(log_of_ratio) < NEAR
    half = np.where(near & (log_of_ratio != 0), log_of_ratio / 2, 1.0)
    stretch = np.where(log_of_ratio == 0, 1.0, np.sinh(half) / half)
    mean = np.where(near, np.sqrt(x) * np.sqrt(y) * stretch, (x - y) / np.where(near, 1.0, log_of_ratio))
    return np.where((x > 0) & (y > 0), mean, 0.0)


def _share(is_zero: NDArray[np.bool_]) -> Floats:
    count = is_zero.sum(axis=1, keepdims=True)
    return is_zero / np.maximum(count, 1)
