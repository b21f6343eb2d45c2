"""The companies that exist: those the firm wants, its customers among them, and those too small.

Belongs here: invented companies, drawn once per seed and scale. Does not belong here: persons (`people.py`).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from orchestration.simulation.arrays import Floats, Ints, Purpose, day_number, pick, stream
from orchestration.simulation.company import Company
from orchestration.simulation.rows import Array, arrow, compute

COUNTRIES = ("US", "CA", "GB", "DE", "FR", "NL", "AU", "BR", "IN", "ZA", "TR")
SERVED = np.array([0.62, 0.09, 0.11, 0.07, 0.05, 0.03, 0.03])
"""Shares of the countries that the firm sells to: the first of COUNTRIES."""
INDUSTRIES = ("Software", "Financial services", "Manufacturing", "Healthcare", "Retail", "Logistics", "Energy", "Media")
SYLLABLES = ("ba", "den", "fi", "gor", "ha", "kel", "lo", "mi", "nor", "pe", "ra", "sol", "ta", "ven", "wi", "zu")
SUFFIXES = ("Systems", "Group", "Logistics", "Labs", "Industries, Inc.", "Partners", "Holdings", "Works", "& Co", "AG")
FOUNDED = day_number(date(2023, 1, 2))

ACCOUNTS_PER_SEGMENT, SMALL_COMPANIES, MOST_ACCOUNTS = 9_000, 4_000, 150_000
CUSTOMER_SHARE = 0.04
SCRAMBLE = 7_919
"""Odd, so that multiplying by it is one-to-one on a power of two: neighbours get unlike names."""


@dataclass(frozen=True)
class Pool:
    """Companies ordered by class (too small for any segment, then each segment), customers first within it."""

    start: Ints
    customers: Ints
    size: Ints
    segment: Ints
    """-1 for companies too small for any segment."""
    employees: Ints
    industry: Ints
    country: Ints
    owner: Floats
    """Where in the AE team its owner stands, 0 to 1."""
    created: Ints
    names: Array
    domains: Array

    @property
    def count(self) -> int:
        return len(self.segment)

    def choose(self, rng: np.random.Generator, segment: Ints) -> Ints:
        """A company of the given segment (-1: a small one) per entry, not a customer."""
        begin = self.customers[segment + 1]
        drawn = begin + rng.random(len(segment)) * (self.size[segment + 1] - begin)
        return self.start[segment + 1] + drawn.astype(np.int64)

    def choose_customer(self, rng: np.random.Generator, segment: Ints) -> Ints:
        """An existing customer of the given segment per entry."""
        drawn = rng.random(len(segment)) * self.customers[segment + 1]
        return self.start[segment + 1] + drawn.astype(np.int64)

    def is_customer(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Whether each company was a customer from the start."""
        position = np.arange(self.count) - self.start[self.segment + 1]
        return position < self.customers[self.segment + 1]


def words(numbers: Ints, syllables: int) -> Array:
    """An invented word of so many syllables per number; unlike for unlike numbers below 16**syllables."""
    scrambled = numbers * SCRAMBLE % 16**syllables
    lookup = arrow.array(SYLLABLES)
    parts = [lookup.take(arrow.array(scrambled // 16**power % 16)) for power in range(syllables)]
    return compute.binary_join_element_wise(*parts, "")


def draw_pool(company: Company, seed: int, scale: float) -> Pool:
    """The companies that leads come from: the same for every window and scenario of a seed and scale."""
    rng = stream(seed, Purpose.POOL)
    each = int(min(ACCOUNTS_PER_SEGMENT * max(scale, 0.05), MOST_ACCOUNTS))
    small = max(each * SMALL_COMPANIES // ACCOUNTS_PER_SEGMENT, 10)
    size = np.array([small] + [each] * len(company.segments), dtype=np.int64)
    segment = np.repeat(np.arange(-1, len(company.segments)), size)
    least = np.array([3.0, *(s.min_employees for s in company.segments)])[segment + 1]
    most = np.array([company.segments[0].min_employees - 1.0, *(s.max_employees for s in company.segments)])
    customers = np.maximum(size * CUSTOMER_SHARE, 1).astype(np.int64)
    customers[0] = 0
    count = len(segment)
    number = np.arange(count)
    word = words(number, 5)
    suffix = arrow.array(SUFFIXES).take(arrow.array(number % len(SUFFIXES)))
    created = (FOUNDED + rng.integers(0, 600, count)) * 86400 + rng.integers(50_000, 70_000, count)
    return Pool(
        start=np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64),
        customers=customers,
        size=size,
        segment=segment,
        employees=np.rint(least * (most[segment + 1] / least) ** rng.random(count)).astype(np.int64),
        industry=rng.integers(0, len(INDUSTRIES), count),
        country=pick(rng, SERVED, count),
        owner=rng.random(count),
        created=created,
        names=compute.binary_join_element_wise(compute.utf8_capitalize(word), suffix, " "),
        domains=compute.binary_join_element_wise(word, "example", "."),
    )
