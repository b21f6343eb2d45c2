"""Array types and input checks that the control modules share.

Belongs here: names for array types, division that yields NaN, and checks whose message names the argument. Does
not belong here: any formula of the control loop.
"""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestration.control.decomposition import Floats

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

__all__ = ["Bools", "Floats", "Ints", "divided", "floats", "not_negative", "numbers", "share"]


def floats(values: ArrayLike) -> Floats:
    """`values` as a float array; never a copy when it already is one."""
    return np.asarray(values, dtype=np.float64)


def numbers(first: int, after_last: int) -> Floats:
    """The whole numbers from `first` up to, not including, `after_last`."""
    return cast(Floats, np.arange(first, after_last, dtype=np.float64))


def divided(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """numerator / denominator, NaN where the denominator is not positive; broadcasts."""
    top, bottom = np.broadcast_arrays(floats(numerator), floats(denominator))
    return cast(Floats, np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0))


def not_negative(**arguments: ArrayLike) -> None:
    """Raises ValueError that names the first argument with a negative or infinite value; NaN (not known) passes."""
    for name, values in arguments.items():
        array = floats(values)
        wrong = np.isinf(array) | (array < 0)
        if wrong.any():
            raise ValueError(f"{name} has {array[wrong].flat[0]}: it must be finite and not negative")


def share(**arguments: ArrayLike) -> None:
    """Raises ValueError that names the first argument with a value outside 0..1; NaN (not known) passes."""
    for name, values in arguments.items():
        array = floats(values)
        wrong = (array < 0) | (array > 1)
        if wrong.any():
            raise ValueError(f"{name} has {array[wrong].flat[0]}: it must lie between 0 and 1")
