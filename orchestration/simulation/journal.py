"""The journal of a cohort: every change of status and owner that the CRM records, in order.

Belongs here: which step of a life becomes which record. Does not belong here: when steps happen (`life.py`).
"""

from dataclasses import dataclass

import numpy as np

from orchestration.simulation.arrays import NEVER, Bools, Ints
from orchestration.simulation.cohort import Cohort
from orchestration.simulation.company import AE, SDR, Company
from orchestration.simulation.life import Attempt, Life
from orchestration.simulation.quality import NO_NEED, NO_TIMING, Outcome

STATUSES = (
    "New",
    "Nurture",
    "MQL",
    "AE Handoff",
    "Sales Accepted",
    "Sales Rejected",
    "Recycled",
    "Disqualified",
    "Qualified",
)
NEW, NURTURE, MQL, AE_HANDOFF, ACCEPTED, REJECTED, RECYCLED, DISQUALIFIED, QUALIFIED = range(len(STATUSES))
STATUS_OF = np.array([ACCEPTED, REJECTED, RECYCLED, DISQUALIFIED, MQL])
"""The status that a decision sets, by Outcome."""

QUEUE = 0
"""User 0 owns what marketing has not handed off."""


@dataclass(frozen=True)
class Journal:
    """Records of one kind, sorted by lead and time; `number` is unique within cohort and kind."""

    lead: Ints
    at: Ints
    before: Ints
    after: Ints
    actor: Ints
    reason: Ints
    number: Ints


def user_codes(company: Company, life: Life) -> tuple[Ints, Ints]:
    """The user numbers of each lead's SDR and AE: marketing's queue is 0, then SDRs, then AEs."""
    return 1 + life.sdr, 1 + company.teams[SDR].people + life.ae_owner


def team_sizes(company: Company) -> dict[str, int]:
    """Users per team, in the order of their numbers."""
    return {"marketing": 1, SDR: company.teams[SDR].people, AE: company.teams[AE].people}


def status_journal(company: Company, cohort: Cohort, life: Life) -> Journal:
    """Every change of status."""
    sdr, ae = user_codes(company, life)
    count = len(cohort.cell)
    queue = np.full(count, QUEUE, dtype=np.int64)
    none = np.full(count, -1, dtype=np.int64)
    lost_interest = np.where(life.disqualified, NO_NEED, NO_TIMING)
    given_up = np.where(life.disqualified, DISQUALIFIED, RECYCLED)
    decisions = [(sdr, life.first), (sdr, life.second), (ae, life.ae)]
    steps: list[tuple[Ints, Ints, Ints, Ints]] = [
        (life.nurtured, np.full(count, NURTURE), queue, none),
        (life.first.handed, np.full(count, MQL), queue, none),
        (life.second.handed, np.full(count, MQL), queue, none),
        (life.ae.handed, np.full(count, AE_HANDOFF), sdr, none),
        (life.opportunity, np.full(count, QUALIFIED), ae, none),
        (life.given_up, given_up, np.where(life.ae.decided < NEVER, ae, sdr), lost_interest),
        *((attempt.decided, STATUS_OF[attempt.outcome], actor, attempt.reason) for actor, attempt in decisions),
    ]
    return _journal(steps, NEW)


def owner_journal(company: Company, cohort: Cohort, life: Life) -> Journal:
    """Every change of owner, a second before the status it belongs to."""
    sdr, ae = user_codes(company, life)
    count = len(cohort.cell)
    none = np.full(count, -1, dtype=np.int64)
    queue = np.full(count, QUEUE, dtype=np.int64)

    def before(at: Ints) -> Ints:
        return np.where(at < NEVER, at - 1, NEVER)

    def back(attempt: Attempt) -> Ints:
        return np.where((attempt.outcome == Outcome.RECYCLED) & (attempt.decided < NEVER), attempt.decided + 1, NEVER)

    return _journal(
        [
            (before(life.first.handed), sdr, queue, none),
            (before(life.second.handed), sdr, queue, none),
            (before(life.ae.handed), ae, sdr, none),
            (back(life.first), queue, sdr, none),
            (back(life.second), queue, sdr, none),
            (back(life.ae), queue, ae, none),
        ],
        QUEUE,
    )


def _journal(steps: list[tuple[Ints, Ints, Ints, Ints]], initial: int) -> Journal:
    count = len(steps[0][0])
    at = np.concatenate([step[0] for step in steps])
    kept = np.flatnonzero(at < NEVER)
    lead = kept % count if count else kept
    order = np.lexsort((at[kept], lead))
    rows, lead = kept[order], lead[order]
    after = np.concatenate([step[1] for step in steps])[rows]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = lead[1:] != lead[:-1]
    return Journal(
        lead=lead,
        at=at[rows],
        before=np.where(first, initial, np.roll(after, 1)),
        after=after,
        actor=np.concatenate([step[2] for step in steps])[rows],
        reason=np.concatenate([step[3] for step in steps])[rows],
        number=rows,
    )


@dataclass(frozen=True)
class Versions:
    """The state of each lead's record after each of its changes, the creation first."""

    lead: Ints
    at: Ints
    status: Ints
    owner: Ints
    reason: Ints
    """Index into quality.REASONS: of the status it stands in, -1 where none was given."""
    opportunity: Bools
    merged: Bools
    deleted: Bools
    corrected: Bools


def versions(cohort: Cohort, life: Life, status: Journal, owner: Journal) -> Versions:
    """Every version of every lead's record: changes in order of time, each carrying all that went before."""
    count = len(cohort.cell)
    leads = np.arange(count)
    marks = (life.opportunity, life.merged, life.deleted, life.corrected)
    changes: list[tuple[int, Ints, Ints, Ints]] = [
        (0, leads, cohort.created, np.zeros(count, dtype=np.int64)),
        (1, status.lead, status.at, status.after),
        (2, owner.lead, owner.at, owner.after),
        (3, status.lead, status.at, status.reason + 1),
    ]
    for field, at in enumerate(marks, start=4):
        hit = np.flatnonzero(at < NEVER)
        changes.append((field, hit, at[hit], np.ones(len(hit), dtype=np.int64)))
    field = np.concatenate([np.full(len(change[1]), change[0]) for change in changes])
    lead = np.concatenate([change[1] for change in changes])
    at = np.concatenate([change[2] for change in changes])
    value = np.concatenate([change[3] for change in changes])
    order = np.lexsort((at, field > 0, lead))
    field, lead, at, value = field[order], lead[order], at[order], value[order]
    row = np.arange(len(lead))

    def state(number: int) -> Ints:
        set_at = np.maximum.accumulate(np.where((field == number) | (field == 0), row, 0))
        return value[set_at]

    return Versions(
        lead=lead,
        at=at,
        status=state(1),
        owner=state(2),
        reason=np.where(state(3) == 0, -1, state(3) - 1),
        opportunity=state(4) == 1,
        merged=state(5) == 1,
        deleted=state(6) == 1,
        corrected=state(7) == 1,
    )
