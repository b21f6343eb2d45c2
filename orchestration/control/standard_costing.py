"""The standard-costing view: variances in the order and with the names that finance uses.

Belongs here: sequential substitution in causal order, and the textbook splits into price, efficiency, mix
and yield, and into quantity and mix. Does not belong here: the order-free decomposition the review uses
by default (`decomposition.py`). Source: Horngren, Cost Accounting, 14th edition ch. 14 (cost), 13th
edition (sales).
"""

from dataclasses import dataclass

import numpy as np

from orchestration.control.decomposition import Floats, checked_factors


@dataclass(frozen=True)
class InputVariances:
    """Variances of substitutable inputs, one number per input, in money; + is unfavourable (dearer)."""

    price: Floats
    efficiency: Floats
    mix: Floats
    yield_: Floats


@dataclass(frozen=True)
class SalesVariances:
    """Sales variances, one number per product, in contribution money; + is favourable."""

    volume: Floats
    quantity: Floats
    mix: Floats


def sequential(plan: Floats, actual: Floats) -> Floats:
    """Effects of replacing plan by actual factor after factor, shape (cells, factors) as the inputs.

    Factors before the one replaced stand at actual, those after it at plan, so each row sums to the
    change exactly, zeros included; the joint effect falls to whoever comes later in the order. Raises
    ValueError as `decomposition.checked_factors`.
    """
    before, after = checked_factors(plan, actual)
    ahead, behind = np.ones_like(after), np.ones_like(before)
    np.cumprod(after[:, :-1], axis=1, out=ahead[:, 1:])
    behind[:, :-1] = np.cumprod(before[:, :0:-1], axis=1)[:, ::-1]
    return ahead * (after - before) * behind


def input_variances(
    actual_quantity: Floats,
    actual_price: Floats,
    standard_price: Floats,
    standard_mix: Floats,
    allowed: float,
) -> InputVariances:
    """Price, efficiency, mix and yield variance of each input.

    Arrays hold one number per input; `standard_mix` are shares that sum to 1, `allowed` is the total
    quantity the standard allows for the output achieved. efficiency = mix + yield; price + efficiency is
    the flexible-budget variance.
    """
    total = actual_quantity.sum()
    return InputVariances(
        price=actual_quantity * (actual_price - standard_price),
        efficiency=(actual_quantity - allowed * standard_mix) * standard_price,
        mix=(actual_quantity - total * standard_mix) * standard_price,
        yield_=(total - allowed) * standard_mix * standard_price,
    )


def sales_variances(plan_units: Floats, actual_units: Floats, plan_margin: Floats) -> SalesVariances:
    """Sales-volume variance of each product, split into quantity and mix, at the planned unit margin."""
    plan_mix = plan_units / plan_units.sum()
    total = actual_units.sum()
    return SalesVariances(
        volume=(actual_units - plan_units) * plan_margin,
        quantity=(total * plan_mix - plan_units) * plan_margin,
        mix=(actual_units - total * plan_mix) * plan_margin,
    )
