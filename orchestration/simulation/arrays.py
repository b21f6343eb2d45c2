"""Array types and the seeded random streams that every draw comes from.

Belongs here: what all modules of the simulation share. Does not belong here: any number about the company.
"""

from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

NEVER = 2**62
"""An instant (epoch seconds) or day number that does not come; greater than all that do."""

EPOCH = date(1970, 1, 1)


class Purpose(IntEnum):
    """What a random stream is for. A purpose has its own stream per week, so no draw moves another's."""

    POOL = 1
    COHORT = 2
    PEOPLE = 3
    LIFE = 4
    OPPORTUNITIES = 5
    TOUCHES = 6
    SPEND = 7
    LATENESS = 8
    ACCOUNTS = 9
    ACTIVITIES = 10


def stream(seed: int, purpose: Purpose, *index: int) -> np.random.Generator:
    """The random stream of one purpose and absolute week: independent of the simulated window."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(purpose, *index))))


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def pick(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """`count` draws of an index with the given weights."""
    return np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(count), side="right").astype(np.int64)


def log_normal(rng: np.random.Generator, median: float, sigma: float, count: int) -> Floats:
    """Skewed positive delays with the given median."""
    return median * np.exp(sigma * rng.standard_normal(count))
