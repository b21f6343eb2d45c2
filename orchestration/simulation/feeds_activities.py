"""What the sales teams do, as rows: calls, e-mails and meetings, one row per act or one per meeting.

Belongs here: which activities follow from a life, and their columns. Does not belong here: when the steps of a life
happen (`life.py`), or any vendor's names.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.simulation.arrays import NEVER, Bools, Ints, Purpose, stream
from orchestration.simulation.journal import user_codes
from orchestration.simulation.life import DAY, HOUR, MINUTE
from orchestration.simulation.rows import Column, Flag, Ident, Number, Rows, Stamp, Text
from orchestration.simulation.story import Story, account_id

ACTIVITY_TYPES = ("call", "email", "meeting_booked", "meeting_held", "meeting_no_show")
CALL, EMAIL, BOOKED, HELD, NO_SHOW = range(5)
ACTIVITIES, ACTIVITIES_LATE = 2, 0.02
RESULTS = ("connected", "no_answer", "sent", "confirmed", "held", "no_show")

MEETING_STATES = ("scheduled", "completed", "no_show", "cancelled")
SCHEDULED, COMPLETED, MISSED, CANCELLED = range(4)
FIRST_BOOKING, MISSING, SECOND_BOOKING, HOLDING = 4, 6, 7, 8
"""Where the steps of a meeting stand in the list of `draw_activities`."""


@dataclass(frozen=True)
class Activities:
    """Everything that the sales teams did about a cohort; `number` is step x leads + lead, unique in the cohort."""

    number: Ints
    kind: Ints
    at: Ints
    lead: Ints
    deal: Ints
    account: Ints
    owner: Ints
    connected: Bools
    minutes: Ints
    late: Ints


def draw_activities(story: Story) -> Activities:
    """Draw a cohort's calls, e-mails and meetings."""
    rng = stream(story.seed, Purpose.ACTIVITIES, story.cohort.index)
    life, count = story.life, len(story.cohort.cell)
    sdr, ae = user_codes(story.company, life)
    reached = np.where(rng.random(count) < 0.6, CALL, EMAIL)
    decided = life.first.decided

    def fixed(kind: int) -> Ints:
        return np.full(count, kind, dtype=np.int64)

    def some(at: Ints, share: float) -> Ints:
        return np.where((at < NEVER) & (rng.random(count) < share), at, NEVER)

    gap = np.where(decided < NEVER, decided - life.first.responded, 0)
    between = np.where(decided < NEVER, life.first.responded + (gap * rng.random(count)).astype(np.int64), NEVER)
    missed = np.where(life.no_show, life.meeting, NEVER)
    rebooked = np.where(life.no_show & (life.held < NEVER), life.meeting + HOUR, NEVER)
    talk = np.where(life.opportunity < NEVER, life.opportunity + rng.integers(HOUR, 10 * DAY, count), NEVER)
    steps: list[tuple[Ints, Ints, Ints]] = [
        (life.first.responded, reached, sdr),
        (some(between, 0.5), fixed(EMAIL), sdr),
        (some(np.where(between < NEVER, between + 20 * MINUTE, NEVER), 0.25), fixed(CALL), sdr),
        (life.second.responded, fixed(CALL), sdr),
        (life.booked, fixed(BOOKED), sdr),
        (life.ae.responded, fixed(CALL), ae),
        (missed, fixed(NO_SHOW), ae),
        (rebooked, fixed(BOOKED), ae),
        (life.held, fixed(HELD), ae),
        (talk, np.where(rng.random(count) < 0.5, CALL, EMAIL), ae),
    ]
    at = np.concatenate([step[0] for step in steps])
    rows = np.flatnonzero(at < NEVER)
    kind = np.concatenate([step[1] for step in steps])[rows]
    connected = (rng.random(len(at)) < 0.5)[rows]
    minutes = rng.integers(3, 25, len(at))[rows]
    at, lead = at[rows], rows % count if count else rows
    deal = np.where(life.opportunity[lead] <= at, _deal_of(story)[lead], -1)
    return Activities(
        number=rows,
        kind=kind,
        at=at,
        lead=lead,
        deal=deal,
        account=np.where(story.people.known_account[lead] | (deal >= 0), story.people.company[lead], -1),
        owner=np.concatenate([step[2] for step in steps])[rows],
        connected=connected,
        minutes=np.where(kind == HELD, 30 + minutes, minutes),
        late=story.late(ACTIVITIES, len(at), ACTIVITIES_LATE),
    )


def activity_rows(story: Story) -> Rows:
    """A row per call, e-mail, and meeting booked, held or missed."""
    done = draw_activities(story)
    kind = done.kind
    sent = np.full(len(kind), 2, dtype=np.int64)
    outcome = np.where(kind == CALL, np.where(done.connected, 0, 1), sent + kind - EMAIL)
    columns: dict[str, Column] = {
        "activity_id": Ident(f"T{story.tag}-", done.number, 8),
        "activity_type": Text.of(kind, ACTIVITY_TYPES),
        "occurred_at": Stamp(done.at),
        "lead_id": story.lead_id(done.lead),
        "account_id": account_id(done.account),
        "opportunity_id": story.opportunity_id(done.deal),
        "owner_id": story.user(done.owner),
        "outcome": Text.of(outcome, RESULTS),
        "minutes": Number(done.minutes, (kind != CALL) & (kind != HELD)),
    }
    return Rows(story.calendar.day(done.at) + done.late, done.at, columns)


def meeting_rows(story: Story) -> Rows:
    """A row per meeting and change of it, as CRMs keep a meeting: booked, then completed, missed or called off."""
    done, life, count = draw_activities(story), story.life, len(story.cohort.cell)
    booking = np.flatnonzero(done.kind == BOOKED)
    number, lead = done.number[booking], done.lead[booking]
    again = number >= SECOND_BOOKING * count
    where = np.full(10 * max(count, 1), -1, dtype=np.int64)
    where[done.number] = np.arange(len(done.number))
    held = where[HOLDING * count + lead]
    held = np.where(again == life.no_show[lead], held, -1)
    missed = np.where(again, -1, where[MISSING * count + lead])
    off = ~again & (life.meeting[lead] >= NEVER)
    ended = np.flatnonzero((held >= 0) | (missed >= 0) | off)
    act = np.maximum(held, missed)[ended]
    ended_at = np.where(off[ended], life.ae.decided[lead[ended]], done.at[act])
    state = np.where(off[ended], CANCELLED, np.where(missed[ended] >= 0, MISSED, COMPLETED))

    of = np.concatenate([np.arange(len(booking)), ended])
    booked = booking[of]
    at = np.concatenate([done.at[booking], ended_at])
    day = story.calendar.day(done.at[booked]) + done.late[booked]
    late = np.where(off[ended], 0, done.late[act])
    # An end that is known before its booking was delivered is delivered with it.
    day[len(booking) :] = np.maximum(day[len(booking) :], story.calendar.day(ended_at) + late)
    starts = np.where(again, life.held[lead], life.slot[lead])[of]
    minutes = np.where(held >= 0, done.minutes[held], 30)[of]
    state = np.concatenate([np.full(len(booking), SCHEDULED, dtype=np.int64), state])
    columns: dict[str, Column] = {
        "meeting_id": Ident(f"M{story.tag}-", number[of], 8),
        "booked_at": Stamp(done.at[booked]),
        "updated_at": Stamp(at),
        "starts_at": Stamp(starts),
        "ends_at": Stamp(starts + MINUTE * minutes),
        "minutes": Number(minutes),
        "state": Text.of(state, MEETING_STATES),
        "lead_id": story.lead_id(lead[of]),
        "account_id": account_id(done.account[booked]),
        "booked_by": story.user(done.owner[booked]),
        "owner_id": story.user(user_codes(story.company, life)[1][lead[of]]),
        "is_new": Flag(state == SCHEDULED),
    }
    return Rows(day, at, columns, key=of)


def _deal_of(story: Story) -> Ints:
    """Per lead, the number of its opportunity, -1 if it has none."""
    deal = np.full(len(story.cohort.cell), -1, dtype=np.int64)
    deal[story.deals.lead] = np.arange(len(story.deals.lead))
    return deal
