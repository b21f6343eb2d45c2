"""One week's new leads: how many, from where, when, and what they are worth.

Belongs here: counts and qualities of a cohort (ISO week of creation). Does not belong here: what happens to the
leads afterwards (`life.py`) or how they look in a file.
"""

from dataclasses import dataclass
from datetime import date
from math import pi, sin

import numpy as np

from orchestration.simulation.arrays import Bools, Floats, Ints, Purpose, day_number, stream
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.company import HANDED_OFF_SHARE, Company
from orchestration.simulation.quality import (
    Defect,
    Outcome,
    draw_defects,
    draw_outcomes,
    ready_acceptance,
    ready_share_for,
)
from orchestration.simulation.scenarios import Conditions

OVERDISPERSION = 0.003
"""Intra-week correlation of every share (beta-binomial rho), methods.md section 5."""
YEARLY_SWING = 0.03
WEEKDAYS = np.array([0.17, 0.20, 0.20, 0.19, 0.14, 0.04, 0.06])
CONTRACTED = "syndication"
"""A channel whose vendor delivers an agreed number of leads: it varies far less than chance would have it."""
CONTRACTED_SPREAD = 0.02
MERGED_SHARE, CHAINED_SHARE = 0.012, 0.3
EXTRA_HANDED_OFF = 0.15
CAMPAIGN_SKEW = 1.3


@dataclass(frozen=True)
class Cohort:
    """The leads created in one week, in order of creation; then the extra records that are merged away later."""

    week: date
    size: int
    cell: Ints
    segment: Ints
    campaign: Ints
    """-1 where the source has no campaigns."""
    created: Ints
    extra: Bools
    """A second record of a person, merged into another one later; not one of the plan's leads."""
    parent: Ints
    """For extra records, the record they are merged into; -1 otherwise."""
    person: Ints
    """The record whose person this is: itself, or an earlier one for duplicates."""
    handed_off: Bools
    ready: Bools
    defect: Ints
    second_defect: Ints
    outcome: Ints

    @property
    def index(self) -> int:
        """Absolute week number: keys the week's random streams and ids."""
        return week_index(self.week)


def week_index(week: date) -> int:
    """Weeks from a fixed Monday long ago."""
    return week.toordinal() // 7


def beta_shares(rng: np.random.Generator, mean: Floats) -> Floats:
    """This week's shares around their long-run means: beta with intra-class correlation OVERDISPERSION."""
    mean = np.clip(mean, 1e-6, 1 - 1e-6)
    strength = 1 / OVERDISPERSION - 1
    return rng.beta(mean * strength, (1 - mean) * strength)


def expected_leads(company: Company, now: Conditions, week: date, scale: float) -> Floats:
    """Mean number of leads per cell in that week, with the year's mild season."""
    season = 1 + YEARLY_SWING * sin(2 * pi * (week.timetuple().tm_yday - 60) / 365.25)
    return company.rates.leads * now.leads * season * scale


def draw_cohort(
    company: Company, now: Conditions, calendar: BusinessTime, week: date, seed: int, scale: float
) -> Cohort:
    """Draw the leads of one week."""
    rng = stream(seed, Purpose.COHORT, week_index(week))
    mean = expected_leads(company, now, week, scale)
    contracted = np.array([channel == CONTRACTED for channel in company.cell_channels])
    agreed = np.rint(mean * (1 + CONTRACTED_SPREAD * rng.standard_normal(company.cells)))
    counts = np.where(contracted, agreed, rng.poisson(mean)).astype(np.int64)

    first_time = ready_acceptance(company.rates.ready, company.rates.accepted)
    lowered = ready_share_for(company.rates.accepted * now.accepted, first_time)
    ready_mean = np.where(now.accepted == 1.0, company.rates.ready, lowered)
    ready_share, chance = beta_shares(rng, ready_mean), beta_shares(rng, first_time)

    size = int(counts.sum())
    cell = np.repeat(np.arange(company.cells), counts)
    created = _moments(rng, calendar, week, size)
    order = np.argsort(created, kind="stable")
    cell, created = cell[order], created[order]
    skewed = rng.random(size) ** CAMPAIGN_SKEW * company.campaign_count[cell]
    campaign = np.where(company.campaign_count[cell] > 0, company.campaign_from[cell] + skewed.astype(np.int64), -1)
    handed_off = rng.random(size) < HANDED_OFF_SHARE
    ready = rng.random(size) < np.where(handed_off, ready_share[cell], 0.3)
    defect, second = draw_defects(rng, ready, now.soured[cell])
    plain = Cohort(
        week=week,
        size=size,
        cell=cell,
        segment=company.cell_segment[cell],
        campaign=campaign,
        created=created,
        extra=np.zeros(size, dtype=np.bool_),
        parent=np.full(size, -1, dtype=np.int64),
        person=_duplicates(rng, cell, company.cells, defect),
        handed_off=handed_off,
        ready=ready,
        defect=defect,
        second_defect=second,
        outcome=draw_outcomes(rng, ready, chance[cell]),
    )
    return _with_extra_records(rng, plain)


def _moments(rng: np.random.Generator, calendar: BusinessTime, week: date, count: int) -> Ints:
    """Instants of creation: more on Tuesday than on Saturday, between 06:00 and 23:00, most around noon."""
    weekday = np.searchsorted(np.cumsum(WEEKDAYS)[:-1], rng.random(count), side="right")
    hour = np.clip(13 + 3.2 * rng.standard_normal(count), 6, 22.99)
    midnight = calendar.midnight(day_number(week) + np.arange(8))
    # Midnight plus hours would be wrong on a day that has 23 or 25 of them: count back from the next midnight.
    return (midnight[weekday + 1] - (24 - hour) * 3600).astype(np.int64)


def _duplicates(rng: np.random.Generator, cell: Ints, cells: int, defect: Ints) -> Ints:
    """Whose person each record is: for duplicates an earlier record of the same cell, else itself."""
    person = np.arange(len(cell))
    by_cell = np.argsort(cell, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=cells))[:-1]])
    rank = np.empty(len(cell), dtype=np.int64)
    rank[by_cell] = np.arange(len(cell)) - starts[cell[by_cell]]
    earlier = by_cell[starts[cell] + (rng.random(len(cell)) * rank).astype(np.int64)]
    person = np.where((defect == Defect.DUPLICATE) & (rank > 0), earlier, person)
    for _ in range(len(cell).bit_length()):
        person = person[person]
    return person


def _with_extra_records(rng: np.random.Generator, plain: Cohort) -> Cohort:
    count = int(rng.binomial(plain.size, MERGED_SHARE)) if plain.size else 0
    origin = rng.integers(0, max(plain.size, 1), count)
    row = np.arange(count)
    chained = (row % 2 == 1) & (rng.random(count) < CHAINED_SHARE)
    origin = np.where(chained, origin[row - 1], origin)
    parent = np.where(chained, plain.size + row - 1, origin)
    created = plain.created[origin] + (rng.uniform(3600, 3 * 86400, count) * np.where(chained, 2, 1)).astype(np.int64)
    handed_off = rng.random(count) < EXTRA_HANDED_OFF

    def joined(ours: Ints, theirs: Ints) -> Ints:
        return np.concatenate([ours, theirs])

    def flags(ours: Bools, theirs: Bools) -> Bools:
        return np.concatenate([ours, theirs])

    return Cohort(
        week=plain.week,
        size=plain.size,
        cell=joined(plain.cell, plain.cell[origin]),
        segment=joined(plain.segment, plain.segment[origin]),
        campaign=joined(plain.campaign, plain.campaign[origin]),
        created=joined(plain.created, created),
        extra=flags(plain.extra, np.ones(count, dtype=np.bool_)),
        parent=joined(plain.parent, parent),
        person=joined(plain.person, plain.person[origin]),
        handed_off=flags(plain.handed_off, handed_off),
        ready=flags(plain.ready, np.zeros(count, dtype=np.bool_)),
        defect=joined(plain.defect, np.full(count, int(Defect.DUPLICATE))),
        second_defect=joined(plain.second_defect, np.zeros(count, dtype=np.int64)),
        outcome=joined(plain.outcome, np.full(count, int(Outcome.REJECTED))),
    )
