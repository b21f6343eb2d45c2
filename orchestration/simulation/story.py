"""The setting and one cohort's story: all that was drawn, and the ids by which every feed calls its parts.

Belongs here: what the feeds share. Does not belong here: the columns of any one feed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from orchestration.partitions import iso_week
from orchestration.simulation.arrays import Bools, Ints, Purpose, day_number, stream
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.cohort import Cohort
from orchestration.simulation.company import Company
from orchestration.simulation.life import Life
from orchestration.simulation.opportunities import Opportunities
from orchestration.simulation.people import People
from orchestration.simulation.pool import Pool
from orchestration.simulation.rows import Column, Ident, Rows, Stamp, Text
from orchestration.simulation.scenarios import Conditions

ONLINE = frozenset({"search", "social", "syndication"})
"""Channels whose leads lose source and campaign when tracking breaks."""


@dataclass(frozen=True)
class Setting:
    """What holds for all cohorts: the company, its calendar, and the days between which it is simulated."""

    company: Company
    calendar: BusinessTime
    pool: Pool
    start: date
    """Monday of the first week in which the company has leads."""
    last_day: date
    currency: str
    time_zone: str

    def listing(self, count: int, columns: Mapping[str, Column]) -> Rows:
        """Rows that were there before the company's first week (since `updated_at`) and never change."""
        day = np.full(count, day_number(self.start) - 400, dtype=np.int64)
        return Rows(day, day, {**columns, "updated_at": Stamp(day * 86400 + 15 * 3600)})


@dataclass(frozen=True)
class Story:
    """All that was drawn about one cohort, and the instant at which tracking broke (NEVER: it did not)."""

    company: Company
    calendar: BusinessTime
    pool: Pool
    conditions: Conditions
    scale: float
    cohort: Cohort
    people: People
    life: Life
    deals: Opportunities
    users: tuple[str, ...]
    tracking_lost_at: int
    seed: int
    currency: str

    @property
    def tag(self) -> str:
        """What all ids of this cohort share."""
        return iso_week(self.cohort.week)[2:].replace("-", "")

    def lead_id(self, lead: Ints) -> Ident:
        return Ident(f"L{self.tag}-", lead)

    def opportunity_id(self, deal: Ints) -> Ident:
        return Ident(f"O{self.tag}-", deal)

    def user(self, codes: Ints) -> Text:
        return Text.of(codes, self.users)

    def untracked(self, lead: Ints, at: Ints) -> Bools:
        """Whether a touch or lead of an online channel came after tracking broke."""
        online = np.array([channel in ONLINE for channel in self.company.channels])
        source = self.company.cell_source[self.cohort.cell[lead]]
        return (at >= self.tracking_lost_at) & online[source]

    def late(self, feed: int, count: int, share: float) -> Ints:
        """Days (0 to 3) by which each of `count` rows is delivered after its own day."""
        rng = stream(self.seed, Purpose.LATENESS, self.cohort.index, feed)
        return np.where(rng.random(count) < share, rng.integers(1, 4, count), 0)


def account_id(company: Ints) -> Ident:
    """Account ids number the pool's companies."""
    return Ident("A", company, 6)


def utm_columns(company: Company, campaign: Ints) -> dict[str, Column]:
    """The three utm fields of a campaign; empty without one."""
    mediums = [company.cell_channels[item.cell] for item in company.campaigns]
    slugs = ["-".join(item.name.lower().replace("'", "").split()) for item in company.campaigns]
    return {
        "utm_source": Text.of(campaign, [item.platform or "direct" for item in company.campaigns]),
        "utm_medium": Text.of(campaign, mediums),
        "utm_campaign": Text.of(campaign, slugs),
    }
