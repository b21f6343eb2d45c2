# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What must be done about a signal, until its outcome is confirmed and its controller has signed.

Belongs here: how signals, outcomes and signatures, in the order in which they became known, make and end actions. Does
not belong here: what a signal is (`weekly_signals.py`), who owns which action (the plan, `action_policy`), or who may
sign (`signatures.py`).

Everything is replayed from the logs: a repeated run gives the same actions. A signal that goes on is one action, not
one a week. A revision that no longer shows the signal with which an action began withdraws the action; a signal that
just stops does not: it is the outcome that has to confirm it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration.control.append_log import Entry
from orchestration.control.shift_week import decision_day
from orchestration.partitions import business_date

OPEN, CONFIRMED, SIGNED, ESCALATED = "open", "confirmed", "signed", "escalated"
CLOSED, WITHDRAWN = "closed", "withdrawn"
SIGNAL_GONE = "signal_gone"
"""Outcome metric of a signal that has no figure of its own: weeks in a row without it."""

Subject = tuple[str, str]
"""A signal's kind and its subject."""
Outcome = tuple[str, str, str]
"""A metric of the variance with its source and segment."""


@dataclass(frozen=True)
class Policy:
    """Who answers for a kind of signal (no `owner`: whom the signal names), and what shows that it is mended."""

    owner: str
    controller: str
    escalate_to: str
    due_days: int
    outcome_metric: str
    outcome_target: float
    confirm_weeks: int


@dataclass(frozen=True)
class WeekSeen:
    """One revision of a week: its open signals by subject, and actual over plan of the outcome metrics (None: unknown).

    `seen_at` is naive UTC. A signal's facts are source, segment, owner_role, money_at_risk and evidence.
    """

    week_start: date
    revision: int
    seen_at: datetime
    signals: Mapping[Subject, Mapping[str, object]]
    outcomes: Mapping[Outcome, float | None]


@dataclass(frozen=True)
class Action:
    """One action. `measured` is the outcome in the last week judged, `good_weeks` how many in a row met the target."""

    action_id: str
    signal: str
    subject: str
    source: str
    segment: str
    owner: str
    policy: Policy
    opened_week: date
    opened_on: date
    due_on: date
    evidence: str
    money_at_risk: float | None
    last_seen_week: date
    measured: float | None = None
    good_weeks: int = 0
    signed: Entry | None = None
    ended_on: date | None = None
    withdrawn_because: str | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether the outcome shows that it is mended."""
        return self.good_weeks >= self.policy.confirm_weeks

    @property
    def is_running(self) -> bool:
        """Whether it is neither closed nor withdrawn."""
        return self.ended_on is None

    def state(self, today: date) -> str:
        """The state as of a business date."""
        if self.withdrawn_because is not None:
            return WITHDRAWN
        if not self.is_running:
            return CLOSED
        if today > self.due_on:
            return ESCALATED
        return CONFIRMED if self.is_confirmed else SIGNED if self.signed else OPEN


@dataclass
class _Book:
    """The replay's running state: actions by subject, all actions, and each week's newest revision."""

    zone: ZoneInfo
    policies: Mapping[str, Policy]
    running: dict[Subject, Action] = field(default_factory=dict[Subject, Action])
    all: dict[str, Action] = field(default_factory=dict[str, Action])
    weeks: dict[date, WeekSeen] = field(default_factory=dict[date, WeekSeen])

    def put(self, subject: Subject, action: Action) -> None:
        self.all[action.action_id] = action
        self.running[subject] = action
        if not action.is_running:
            del self.running[subject]


def replay(
    weeks: Sequence[WeekSeen], signatures: Sequence[Entry], policies: Mapping[str, Policy], zone: ZoneInfo
) -> list[Action]:
    """All actions, oldest first, after every revision and signature so far, in the order of their instants.

    A week computed when the next one had closed (history loaded afterwards) makes no action: it is too late for one.
    """
    book = _Book(zone, policies)
    events: list[tuple[datetime, int, WeekSeen | Entry]] = [(w.seen_at, 0, w) for w in weeks]
    events += [(entry["signed_at"], 1, entry) for entry in signatures]
    for instant, _, event in sorted(events, key=_order):
        if isinstance(event, WeekSeen):
            book.weeks[event.week_start] = event
            _withdraw(book, event)
            for week in sorted(week for week in book.weeks if week >= event.week_start):
                _open(book, book.weeks[week])
            _measure(book)
        elif event["action_id"] in book.all:
            _sign(book, event)
        _close(book, business_date(instant.replace(tzinfo=ZoneInfo("UTC")), zone))
    return sorted(book.all.values(), key=lambda action: (action.opened_week, action.signal, action.subject))


def _order(event: tuple[datetime, int, "WeekSeen | Entry"]) -> tuple[datetime, int, date, int]:
    instant, kind, what = event
    return (
        (instant, kind, what.week_start, what.revision) if isinstance(what, WeekSeen) else (instant, kind, date.min, 0)
    )


def _open(book: _Book, seen: WeekSeen) -> None:
    today = business_date(seen.seen_at.replace(tzinfo=ZoneInfo("UTC")), book.zone)
    _, late = decision_day(seen.week_start, today)
    for subject, facts in sorted(seen.signals.items()):
        risk = facts["money_at_risk"]
        known = {"money_at_risk": risk, "evidence": str(facts["evidence"]), "last_seen_week": seen.week_start}
        running = book.running.get(subject)
        if running is not None:
            if seen.week_start >= running.last_seen_week:
                book.put(subject, replace(running, **known))
        elif not late and subject[0] in book.policies:
            policy = book.policies[subject[0]]
            owner = policy.owner or str(facts["owner_role"] or policy.escalate_to)
            action = Action(
                action_id=action_id(subject, seen.week_start),
                signal=subject[0],
                subject=subject[1],
                source=str(facts["source"]),
                segment=str(facts["segment"]),
                owner=owner,
                policy=policy,
                opened_week=seen.week_start,
                opened_on=today,
                due_on=today + timedelta(days=policy.due_days),
                **known,  # pyright: ignore[reportArgumentType]
            )
            # The same signal of the same week, withdrawn and shown again, is the same action.
            if action.action_id not in book.all or book.all[action.action_id].withdrawn_because is not None:
                book.put(subject, action)


def _withdraw(book: _Book, seen: WeekSeen) -> None:
    today = business_date(seen.seen_at.replace(tzinfo=ZoneInfo("UTC")), book.zone)
    for subject, action in list(book.running.items()):
        if action.opened_week == seen.week_start and subject not in seen.signals:
            why = f"revision {seen.revision} of the week of {seen.week_start} no longer shows the signal"
            book.put(subject, replace(action, withdrawn_because=why, ended_on=today))


def _measure(book: _Book) -> None:
    """Outcome of each running action in the weeks after it began: the last value, and good weeks in a row."""
    for subject, action in list(book.running.items()):
        later = sorted(week for week in book.weeks if week > action.opened_week)
        values = [_value(action, subject, book.weeks[week]) for week in later]
        good = 0
        for value in values:
            good = good + 1 if value is not None and value >= action.policy.outcome_target else 0
        book.put(subject, replace(action, measured=values[-1] if values else None, good_weeks=good))


def _value(action: Action, subject: Subject, seen: WeekSeen) -> float | None:
    if action.policy.outcome_metric == SIGNAL_GONE:
        return 0.0 if subject in seen.signals else 1.0
    return seen.outcomes.get((action.policy.outcome_metric, action.source, action.segment))


def _sign(book: _Book, entry: Entry) -> None:
    action = book.all[entry["action_id"]]
    if action.is_running:
        book.put((action.signal, action.subject), replace(action, signed=entry))


def _close(book: _Book, today: date) -> None:
    for subject, action in list(book.running.items()):
        if action.is_confirmed and action.signed is not None:
            book.put(subject, replace(action, ended_on=today))


def action_id(subject: Subject, week: date) -> str:
    """The same for the same signal and week, whenever it is computed."""
    return hashlib.sha256("|".join((*subject, week.isoformat())).encode()).hexdigest()[:12]
