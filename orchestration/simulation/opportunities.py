"""From opened to won or lost: the path of each opportunity through the stages, with times and amounts.

Belongs here: stage paths (forward, skips, regressions, re-entries, stalls) and cycle lengths. Does not belong here:
whether an opportunity is opened (`life.py`) or the rows (`feeds_crm.py`).
"""

from dataclasses import dataclass

import numpy as np

from orchestration.simulation.arrays import NEVER, Bools, Floats, Ints, Purpose, log_normal, pick, stream
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.cohort import Cohort, beta_shares
from orchestration.simulation.company import Company
from orchestration.simulation.life import HOUR, Life

STAGES = ("Discovery", "Evaluation", "Proposal", "Negotiation", "Closed Won", "Closed Lost")
D, E, P, N, W, L = range(6)

WON_PATHS: tuple[tuple[float, tuple[int, ...]], ...] = (
    (0.64, (D, E, P, N, W)),
    (0.10, (D, P, N, W)),
    (0.07, (D, E, N, W)),
    (0.09, (D, E, P, E, P, N, W)),
    (0.06, (D, E, P, N, P, N, W)),
    (0.04, (D, E, P, L, E, P, N, W)),
)
OTHER_PATHS: tuple[tuple[float, tuple[int, ...]], ...] = (
    (0.27, (D, L)),
    (0.22, (D, E, L)),
    (0.17, (D, E, P, L)),
    (0.09, (D, E, P, N, L)),
    (0.05, (D, P, L)),
    (0.05, (D, E, D, L)),
    (0.03, (D, E, P, L, P, L)),
    (0.05, (D,)),
    (0.04, (D, E)),
    (0.03, (D, E, P)),
)
CYCLE_DAYS = (32.0, 50.0)
"""Median business days from opened to closed: in the smallest segment, and in the others."""
AMOUNTS = (18_000.0, 60_000.0)
LONGEST = max(len(path) for _, path in (*WON_PATHS, *OTHER_PATHS))


@dataclass(frozen=True)
class Opportunities:
    """Opportunities and their stage visits, one after another; a visit's `of` is the opportunity's position."""

    lead: Ints
    opened: Ints
    won: Bools
    amount: Floats
    of: Ints
    stage: Ints
    entered: Ints
    visit: Ints
    amount_then: Floats

    @property
    def closed_won(self) -> Ints:
        """Per opportunity, when it was won; NEVER if it was not."""
        at = np.full(len(self.lead), NEVER, dtype=np.int64)
        hit = self.stage == W
        at[self.of[hit]] = self.entered[hit]
        return at


def _table(paths: tuple[tuple[float, tuple[int, ...]], ...]) -> tuple[Floats, Ints]:
    steps = np.full((len(paths), LONGEST), -1, dtype=np.int64)
    for row, (_, path) in enumerate(paths):
        steps[row, : len(path)] = path
    return np.array([weight for weight, _ in paths]), steps


WON_WEIGHTS, WON_STEPS = _table(WON_PATHS)
OTHER_WEIGHTS, OTHER_STEPS = _table(OTHER_PATHS)


def open_opportunities(
    company: Company, calendar: BusinessTime, cohort: Cohort, life: Life, seed: int
) -> Opportunities:
    """Draw the opportunities of a cohort's leads and every stage they enter."""
    rng = stream(seed, Purpose.OPPORTUNITIES, cohort.index)
    won_share = beta_shares(rng, company.rates.won)
    lead = np.flatnonzero(life.opportunity < NEVER)
    count = len(lead)
    opened = life.opportunity[lead]
    won = rng.random(count) < won_share[cohort.cell[lead]]
    large = np.minimum(cohort.segment[lead], len(CYCLE_DAYS) - 1)
    steps = np.where(
        won[:, None],
        WON_STEPS[pick(rng, WON_WEIGHTS, count)],
        OTHER_STEPS[pick(rng, OTHER_WEIGHTS, count)],
    )
    cycle = np.minimum(log_normal(rng, 1.0, 0.45, count) * np.array(CYCLE_DAYS)[large], 120) * 9 * HOUR
    parts = rng.exponential(1.0, (count, LONGEST)) + 0.05
    parts[:, 0] = 0
    parts[steps < 0] = 0
    length = np.maximum(parts.sum(axis=1, keepdims=True), 0.05)
    passed = np.cumsum(parts / length, axis=1) * cycle[:, None]
    amount = np.round(log_normal(rng, 1.0, 0.35, count) * np.array(AMOUNTS)[large], -2)
    repriced = np.round(amount * rng.uniform(0.8, 1.15, count), -2)
    of, visit = np.nonzero(steps >= 0)
    stage = steps[of, visit]
    # One business minute between visits at least, so that their order is never a tie.
    worked = calendar.worked_at(opened)[of] + passed[of, visit].astype(np.int64) + 60 * visit
    entered = np.where(visit == 0, opened[of], calendar.at_worked(worked))
    late = np.isin(stage, (P, N, W))
    return Opportunities(
        lead=lead,
        opened=opened,
        won=won,
        amount=amount,
        of=of.astype(np.int64),
        stage=stage,
        entered=entered.astype(np.int64),
        visit=visit.astype(np.int64),
        amount_then=np.where(late, repriced[of], amount[of]),
    )
