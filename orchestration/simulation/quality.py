"""The quality of a lead: which defects it carries, and how sales answers to them.

Belongs here: kinds of defect, their mix, the reasons and odds of sales' verdict. Does not belong here: the
attributes that show a defect (`people.py`), nor the criteria that find it (expectations/sales_ready.yml).
"""

from enum import IntEnum

import numpy as np

from orchestration.simulation.arrays import Bools, Floats, Ints, pick


class Defect(IntEnum):
    """Why a lead is not sales-ready. 0 is a lead without defect."""

    NONE = 0
    TOO_SMALL = 1
    WRONG_REGION = 2
    WRONG_ROLE = 3
    FREE_MAIL = 4
    NO_CONTACT = 5
    NO_CONSENT = 6
    DUPLICATE = 7
    STUDENT = 8
    COMPETITOR = 9
    CUSTOMER = 10


class Outcome(IntEnum):
    """How sales decides on a lead that was handed off."""

    ACCEPTED = 0
    REJECTED = 1
    RECYCLED = 2
    DISQUALIFIED = 3
    OPEN = 4


REASONS = (
    "no_need",
    "too_small",
    "wrong_region",
    "wrong_role",
    "bad_contact",
    "bad_contact",
    "no_consent",
    "duplicate",
    "student",
    "competitor",
    "customer",
    "no_timing",
)
"""The reason sales gives, by defect; a lead without defect has no need, or not now."""
NO_NEED, NO_TIMING = 0, 11

USUAL_MIX = np.array([0, 0.22, 0.06, 0.18, 0.16, 0.14, 0.08, 0.06, 0.05, 0.03, 0.02])
SOURED_MIX = np.array([0, 0.38, 0.04, 0.08, 0.22, 0.05, 0.17, 0.02, 0.02, 0.01, 0.01])
SECOND_DEFECT = 0.25
WRONG_REASON = 0.12
"""Share of refusals whose reason is not the defect that the lead has."""

DEFECTIVE_ACCEPTED = 0.12
"""A defective lead's chance of being accepted, relative to a ready one's."""
RECYCLED_WHEN_READY, RECYCLED_WHEN_DEFECTIVE = 0.55, 0.08
REST_READY = np.array([0, 0.35, RECYCLED_WHEN_READY, 0.05, 0.05])
REST_DEFECTIVE = np.array([0, 0.80, RECYCLED_WHEN_DEFECTIVE, 0.10, 0.02])
"""What becomes of leads that are not accepted, by Outcome."""
HANDED_AGAIN, ACCEPTED_AGAIN = 0.4, 0.5
SECOND_OUTCOMES = np.array([ACCEPTED_AGAIN, 0.3, 0.15, 0.05, 0.0])


def ready_acceptance(ready: Floats, accepted: Floats) -> Floats:
    """A ready lead's chance of acceptance at first presentation, such that `accepted` of all are, in the end.

    `ready` and `accepted` are shares of the leads handed off, per cell. Solves
    accepted = ready·(a + again(1-a)) + (1-ready)·(ka + again'(1-ka)) for a.
    """
    again, again_defective = _again()
    k = DEFECTIVE_ACCEPTED
    known = ready * again + (1 - ready) * again_defective
    slope = ready * (1 - again) + (1 - ready) * k * (1 - again_defective)
    return np.clip((accepted - known) / slope, 0.02, 0.98)


def ready_share_for(accepted: Floats, first_time: Floats) -> Floats:
    """The ready share at which `accepted` of the leads are, a ready one's chance at first being `first_time`."""
    again, again_defective = _again()
    if_ready = first_time + again * (1 - first_time)
    k = DEFECTIVE_ACCEPTED * first_time
    if_defective = k + again_defective * (1 - k)
    return np.clip((accepted - if_defective) / (if_ready - if_defective), 0.02, 0.98)


def _again() -> tuple[float, float]:
    return (
        RECYCLED_WHEN_READY * HANDED_AGAIN * ACCEPTED_AGAIN,
        RECYCLED_WHEN_DEFECTIVE * HANDED_AGAIN * ACCEPTED_AGAIN,
    )


def draw_defects(rng: np.random.Generator, ready: Bools, soured: Bools) -> tuple[Ints, Ints]:
    """First and second defect of each lead (0 = none)."""
    count = len(ready)
    first = np.where(soured, pick(rng, SOURED_MIX, count), pick(rng, USUAL_MIX, count))
    second = np.where(rng.random(count) < SECOND_DEFECT, pick(rng, USUAL_MIX, count), 0)
    return np.where(ready, 0, first).astype(np.int64), np.where(ready, 0, second).astype(np.int64)


def draw_outcomes(rng: np.random.Generator, ready: Bools, chance: Floats) -> Ints:
    """Sales' first decision on each lead; `chance` is a ready lead's chance of acceptance."""
    count = len(ready)
    accepted = rng.random(count) < np.where(ready, chance, chance * DEFECTIVE_ACCEPTED)
    rest = np.where(ready, pick(rng, REST_READY, count), pick(rng, REST_DEFECTIVE, count))
    return np.where(accepted, int(Outcome.ACCEPTED), rest).astype(np.int64)


def draw_reasons(rng: np.random.Generator, outcome: Ints, defect: Ints) -> Ints:
    """The reason given for each decision: mostly the defect's, sometimes another; -1 where none is needed."""
    count = len(outcome)
    soft = np.where(rng.random(count) < 0.5, NO_NEED, NO_TIMING)
    right = np.where(defect == Defect.NONE, soft, defect)
    wrong = rng.random(count) < WRONG_REASON
    reason = np.where(wrong, rng.integers(0, len(REASONS), count), right)
    reason = np.where(outcome == Outcome.RECYCLED, NO_TIMING, reason)
    return np.where((outcome == Outcome.ACCEPTED) | (outcome == Outcome.OPEN), -1, reason).astype(np.int64)
