"""One cohort's story: all that was drawn about it, and the ids by which every feed calls its parts.

Belongs here: what the feeds share. Does not belong here: the columns of any one feed.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.partitions import iso_week
from orchestration.simulation.arrays import Bools, Ints, Purpose, stream
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.cohort import Cohort
from orchestration.simulation.company import Company
from orchestration.simulation.life import Life
from orchestration.simulation.opportunities import Opportunities
from orchestration.simulation.people import People
from orchestration.simulation.pool import Pool
from orchestration.simulation.rows import Column, Ident, Text

ONLINE = frozenset({"search", "social", "syndication"})
"""Channels whose leads lose source and campaign when tracking breaks."""


@dataclass(frozen=True)
class Story:
    """All that was drawn about one cohort, and the instant at which tracking broke (NEVER: it did not)."""

    company: Company
    calendar: BusinessTime
    pool: Pool
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
