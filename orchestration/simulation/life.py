"""What happens to the leads of a cohort, and when: handoff, response, decision, meeting, second handoff.

Belongs here: instants of every step, in working hours, with the lags of methods.md section 5. Does not belong
here: opportunities after they are opened (`opportunities.py`), or rows (`feeds_crm.py`).
"""

from dataclasses import dataclass
from math import erf, log, sqrt

import numpy as np

from orchestration.simulation.arrays import NEVER, Bools, Floats, Ints, Purpose, log_normal, pick, stream
from orchestration.simulation.business_time import BusinessTime
from orchestration.simulation.cohort import Cohort, beta_shares
from orchestration.simulation.company import AE, SDR, Company
from orchestration.simulation.quality import HANDED_AGAIN, SECOND_OUTCOMES, Outcome, draw_reasons

MINUTE, HOUR, DAY = 60, 3600, 86400

DECIDED_SAME_WEEK = np.array([0.90, 0.85, 0.75, 0.50, 0.25, 0.0, 0.0])
"""By weekday of the handoff; with cohort.WEEKDAYS this is 0.6 of all."""
DECIDED_NEXT_WEEK = 0.75
MEETING_LAG = np.array([0.20, 0.30, 0.20, 0.12, 0.08, 0.05, 0.03, 0.02])

NURTURED_FIRST = 0.06
RESPONSE_MEDIAN, RESPONSE_SIGMA = 0.55, 1.2
"""Median of the SDRs' first response as a share of the promise, and the spread of its logarithm."""
LATE_COST = 0.62
"""A lead answered too late becomes a meeting this many times as often as one answered in time."""
AE_ACCEPTS, NO_SHOW, REBOOKED = 0.94, 0.12, 0.6
HELD_OF_BOOKED = AE_ACCEPTS * (1 - NO_SHOW + NO_SHOW * REBOOKED)


@dataclass(frozen=True)
class Attempt:
    """One presentation of the leads to sales: NEVER where there is none."""

    handed: Ints
    responded: Ints
    decided: Ints
    outcome: Ints
    reason: Ints
    """Index into quality.REASONS, -1 where none."""


@dataclass(frozen=True)
class Life:
    """The instants of each lead's steps (UTC epoch seconds), NEVER where a step does not come."""

    nurtured: Ints
    first: Attempt
    second: Attempt
    accepted: Ints
    booked: Ints
    ae: Attempt
    """The second handoff, from SDR to AE; accepted or recycled."""
    slot: Ints
    """For when the first meeting is booked."""
    meeting: Ints
    """The same, where the AE accepts the lead: otherwise the meeting is called off."""
    no_show: Bools
    held: Ints
    opportunity: Ints
    given_up: Ints
    """When an accepted lead goes back for nurture or is disqualified."""
    disqualified: Bools
    merged: Ints
    deleted: Ints
    corrected: Ints
    sdr: Ints
    ae_owner: Ints


def live(company: Company, calendar: BusinessTime, cohort: Cohort, queue_hours: float, seed: int) -> Life:
    """Draw every instant of the cohort's leads up to the opening of an opportunity."""
    rng = stream(seed, Purpose.LIFE, cohort.index)
    count = len(cohort.cell)
    nurtured, handed = _hand_off(rng, calendar, cohort)
    first = _first_attempt(rng, company, calendar, cohort, handed, queue_hours)
    second = _second_attempt(rng, company, calendar, cohort, first, queue_hours)
    accepted = np.where(
        first.outcome == Outcome.ACCEPTED,
        first.decided,
        np.where(second.outcome == Outcome.ACCEPTED, second.decided, NEVER),
    )
    in_time = _in_time(company, calendar, cohort, first, second)
    booked = _books_meeting(rng, company, cohort, in_time) & (accepted < NEVER)
    meeting_slot = _meeting(rng, calendar, np.where(booked, accepted, NEVER))
    booked_at, ae = _second_handoff(rng, calendar, accepted, meeting_slot)
    no_show = rng.random(count) < NO_SHOW
    again = calendar.after(_safe(meeting_slot), (rng.uniform(2, 7, count) * 9 * HOUR).astype(np.int64))
    held = np.where(no_show, np.where(rng.random(count) < REBOOKED, _half_hour(again), NEVER), meeting_slot)
    held = np.where(ae.outcome == Outcome.ACCEPTED, held, NEVER)
    opened = rng.random(count) < beta_shares(rng, company.rates.opportunity)[cohort.cell]
    lag = log_normal(rng, 13 * HOUR, 0.8, count).astype(np.int64) + 20 * MINUTE
    opportunity = np.where(opened & (held < NEVER), calendar.after(_safe(held), lag), NEVER)
    return Life(
        nurtured=nurtured,
        first=first,
        second=second,
        accepted=accepted,
        booked=booked_at,
        ae=ae,
        slot=meeting_slot,
        meeting=np.where(ae.outcome == Outcome.ACCEPTED, meeting_slot, NEVER),
        no_show=no_show,
        held=held,
        opportunity=opportunity,
        given_up=_given_up(rng, calendar, accepted, meeting_slot, held, opportunity, ae),
        disqualified=rng.random(count) < 0.35,
        merged=_merged(rng, calendar, cohort, first),
        deleted=_some(rng, 0.05, ~cohort.handed_off & ~cohort.extra, cohort.created, 20 * DAY),
        corrected=_some(rng, 0.03, ~cohort.extra, cohort.created, 10 * DAY),
        sdr=_owners(rng, company.teams[SDR].people, cohort.segment, len(company.segments)),
        ae_owner=_owners(rng, company.teams[AE].people, cohort.segment, len(company.segments)),
    )


def share_in_time() -> float:
    """The share of leads that the SDRs answer within their promise when no queue has built up."""
    return 0.5 * (1 + erf(-log(RESPONSE_MEDIAN) / RESPONSE_SIGMA / sqrt(2)))


def _safe(at: Ints) -> Ints:
    """Instants with NEVER replaced by one that calendar arithmetic can bear; the caller masks the result."""
    return np.where(at >= NEVER, 0, at)


def _hand_off(rng: np.random.Generator, calendar: BusinessTime, cohort: Cohort) -> tuple[Ints, Ints]:
    """When a lead is put into nurture, and when marketing hands it to the SDRs."""
    count = len(cohort.cell)
    scored = cohort.created + log_normal(rng, 12 * MINUTE, 0.9, count).astype(np.int64) + 30
    slow = rng.random(count) < np.where(cohort.handed_off, NURTURED_FIRST, 0.6)
    ripened = calendar.after(scored, (rng.uniform(0.5, 3, count) * 9 * HOUR).astype(np.int64))
    slow &= ~cohort.extra
    handed = np.where(slow, ripened, scored)
    return np.where(slow, scored, NEVER), np.where(cohort.handed_off, handed, NEVER)


def _responses(rng: np.random.Generator, promised: Floats, queue_hours: float) -> Ints:
    """Business seconds from handoff to first response."""
    count = len(promised)
    own = log_normal(rng, 1.0, RESPONSE_SIGMA, count) * RESPONSE_MEDIAN * promised
    waiting = queue_hours * HOUR * rng.uniform(0.6, 1.4, count)
    return (own + waiting).astype(np.int64) + 30


def _first_attempt(
    rng: np.random.Generator,
    company: Company,
    calendar: BusinessTime,
    cohort: Cohort,
    handed: Ints,
    queue_hours: float,
) -> Attempt:
    count = len(handed)
    safe = _safe(handed)
    seconds = _responses(rng, company.respond_within[cohort.segment], queue_hours)
    responded = calendar.after(safe, seconds)
    decided = _decision(rng, calendar, safe, responded)
    is_open = cohort.outcome == Outcome.OPEN
    silent = is_open & (rng.random(count) < 0.6)
    offered = handed < NEVER
    return Attempt(
        handed=handed,
        responded=np.where(offered & ~silent, responded, NEVER),
        decided=np.where(offered & ~is_open, decided, NEVER),
        outcome=np.where(offered, cohort.outcome, int(Outcome.OPEN)),
        reason=np.where(offered, draw_reasons(rng, cohort.outcome, cohort.defect), -1),
    )


def _decision(rng: np.random.Generator, calendar: BusinessTime, handed: Ints, responded: Ints) -> Ints:
    """When sales decides: in the handoff's week, the next, or the one after (0.6, 0.3, 0.1)."""
    count = len(handed)
    day = calendar.day(handed)
    weekday = (day + 3) % 7
    same = rng.random(count) < DECIDED_SAME_WEEK[weekday]
    later = np.where(rng.random(count) < DECIDED_NEXT_WEEK, 1, 2)
    return _within_week(rng, calendar, day - weekday, np.where(same, 0, later), responded, 10 * MINUTE)


def _within_week(
    rng: np.random.Generator, calendar: BusinessTime, monday: Ints, weeks: Ints, after: Ints, gap: int
) -> Ints:
    """A working instant `weeks` after the week of `monday`, at least `gap` business seconds later than `after`."""
    begins = calendar.worked_at(calendar.midnight(monday + 7 * weeks))
    ends = calendar.worked_at(calendar.midnight(monday + 7 * weeks + 7))
    earliest = np.maximum(begins, calendar.worked_at(after) + gap)
    room = np.maximum(ends - earliest, 2 * HOUR)
    return calendar.at_worked(earliest + (rng.random(len(monday)) * room).astype(np.int64))


def _second_attempt(
    rng: np.random.Generator,
    company: Company,
    calendar: BusinessTime,
    cohort: Cohort,
    first: Attempt,
    queue_hours: float,
) -> Attempt:
    """A share of the recycled leads ripens and is handed off again, two to six weeks later."""
    count = len(cohort.cell)
    back = (first.outcome == Outcome.RECYCLED) & (rng.random(count) < HANDED_AGAIN) & ~cohort.extra
    ripe = calendar.after(_safe(first.decided), (rng.uniform(10, 30, count) * 9 * HOUR).astype(np.int64))
    responded = calendar.after(ripe, _responses(rng, company.respond_within[cohort.segment], queue_hours))
    decided = calendar.after(responded, log_normal(rng, 6 * HOUR, 0.8, count).astype(np.int64) + 10 * MINUTE)
    outcome = np.where(back, pick(rng, SECOND_OUTCOMES, count), int(Outcome.OPEN))
    return Attempt(
        handed=np.where(back, ripe, NEVER),
        responded=np.where(back, responded, NEVER),
        decided=np.where(back, decided, NEVER),
        outcome=outcome,
        reason=np.where(back, draw_reasons(rng, outcome, cohort.defect), -1),
    )


def _in_time(company: Company, calendar: BusinessTime, cohort: Cohort, first: Attempt, second: Attempt) -> Bools:
    """Whether the attempt that was accepted was answered within the promise."""
    use_second = second.outcome == Outcome.ACCEPTED
    handed = np.where(use_second, second.handed, first.handed)
    responded = np.where(use_second, second.responded, first.responded)
    waited = calendar.worked_at(_safe(responded)) - calendar.worked_at(_safe(handed))
    return waited <= company.respond_within[cohort.segment]


def _books_meeting(rng: np.random.Generator, company: Company, cohort: Cohort, in_time: Bools) -> Bools:
    usual = share_in_time() + (1 - share_in_time()) * LATE_COST
    effort = np.where(in_time, 1.0, LATE_COST) / usual
    share = beta_shares(rng, company.rates.meeting)[cohort.cell]
    return rng.random(len(in_time)) < share * effort / HELD_OF_BOOKED


def _meeting(rng: np.random.Generator, calendar: BusinessTime, accepted: Ints) -> Ints:
    """When the first meeting is scheduled, 0 to 7 weeks after acceptance, on the half hour."""
    count = len(accepted)
    safe = _safe(accepted)
    day = calendar.day(safe)
    weeks = pick(rng, MEETING_LAG, count)
    slot = _half_hour(_within_week(rng, calendar, day - (day + 3) % 7, weeks, safe, 4 * HOUR))
    return np.where(accepted < NEVER, slot, NEVER)


def _half_hour(at: Ints) -> Ints:
    return -(-at // 1800) * 1800


def _second_handoff(
    rng: np.random.Generator, calendar: BusinessTime, accepted: Ints, meeting: Ints
) -> tuple[Ints, Attempt]:
    """When the meeting is booked, and the handoff to the AE that follows; all before the meeting."""
    count = len(accepted)
    booked = meeting < NEVER
    start = calendar.worked_at(_safe(np.where(booked, accepted, NEVER)))
    gap = np.maximum(calendar.worked_at(_safe(meeting)) - start, 40 * MINUTE)

    def step(median: float, most: float) -> Ints:
        return np.minimum(log_normal(rng, median, 0.9, count), most * gap).astype(np.int64) + 60

    at_booking = start + step(2 * HOUR, 0.3)
    at_handoff = at_booking + step(6 * MINUTE, 0.1)
    at_response = at_handoff + step(70 * MINUTE, 0.25)
    at_decision = at_response + step(80 * MINUTE, 0.25)

    def instant(worked: Ints) -> Ints:
        return np.where(booked, calendar.at_worked(worked), NEVER)

    accepts = rng.random(count) < AE_ACCEPTS
    outcome = np.where(accepts, int(Outcome.ACCEPTED), int(Outcome.RECYCLED))
    ae = Attempt(
        handed=instant(at_handoff),
        responded=instant(at_response),
        decided=instant(at_decision),
        outcome=np.where(booked, outcome, int(Outcome.OPEN)),
        reason=np.where(booked & ~accepts, draw_reasons(rng, outcome, np.zeros(count, dtype=np.int64)), -1),
    )
    return instant(at_booking), ae


def _given_up(
    rng: np.random.Generator,
    calendar: BusinessTime,
    accepted: Ints,
    meeting: Ints,
    held: Ints,
    opportunity: Ints,
    ae: Attempt,
) -> Ints:
    """When an accepted lead that goes no further is put back: after weeks of trying, or soon after the meeting."""
    count = len(accepted)
    stuck = (accepted < NEVER) & (opportunity >= NEVER) & (ae.outcome != Outcome.RECYCLED) & (rng.random(count) < 0.75)
    last = np.where(held < NEVER, held, np.where(meeting < NEVER, meeting, accepted))
    patience = np.where(held < NEVER, rng.uniform(0.2, 3, count), rng.uniform(12, 30, count)) * 9 * HOUR
    return np.where(stuck, calendar.after(_safe(last), patience.astype(np.int64)), NEVER)


def _merged(rng: np.random.Generator, calendar: BusinessTime, cohort: Cohort, first: Attempt) -> Ints:
    known = np.where(first.decided < NEVER, first.decided, cohort.created)
    at = calendar.after(_safe(known), (rng.uniform(0.2, 3, len(known)) * 9 * HOUR).astype(np.int64))
    return np.where(cohort.extra, at, NEVER)


def _some(rng: np.random.Generator, share: float, among: Bools, created: Ints, within: int) -> Ints:
    count = len(created)
    hit = among & (rng.random(count) < share)
    return np.where(hit, created + rng.integers(HOUR, within, count), NEVER)


def _owners(rng: np.random.Generator, people: int, segment: Ints, segments: int) -> Ints:
    """A person of the team, each segment having its own part of it."""
    each = max(people // segments, 1)
    return np.minimum(segment * each + rng.integers(0, each, len(segment)), people - 1)
