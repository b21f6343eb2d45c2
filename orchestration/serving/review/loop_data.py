"""What the control loop says of the week, as typed values: what is signal, what teams can take, what is decided.

Belongs here: the shapes. Does not belong here: where values come from (`collect_loop.py`) or how they look (`loop.py`).
None always means "not known". Money is in the business currency.
"""

from dataclasses import dataclass
from datetime import date

from orchestration.serving.review.dispute_data import ChartPoint


@dataclass(frozen=True)
class Ripe:
    """A company-wide figure at its age: what has come in, what should have by now, and what it will come to (80 %)."""

    metric: str
    plan: float | None
    at_age: float | None
    expected_at_age: float | None
    matured: float | None
    low: float | None
    high: float | None
    age_status: str | None
    naive: float | None
    signal: str | None
    confidence: float | None
    weeks_lasted: int | None


@dataclass(frozen=True)
class Signal:
    """A signal that is watched, open, or ended this week; money a week, and since it began."""

    kind: str
    subject: str
    state: str
    began: date | None
    weeks: int
    confidence: float | None
    at_risk: float | None
    burned: float | None
    cause: str | None
    owner: str
    evidence: str
    sure_of_a_tenth: float | None = None


@dataclass(frozen=True)
class TeamLoad:
    """A team's week: hours asked of it against hours it has, the wait that follows, and what would balance it."""

    team: str
    leads: float | None
    load_hours: float | None
    capacity_hours: float | None
    utilisation: float | None
    wait_minutes: float | None
    limit_minutes: float | None
    late_share: float | None
    admissible_leads: float | None
    people_short: float | None
    cut_off_score: float | None
    is_bottleneck: bool
    balance: str
    reason: str


@dataclass(frozen=True)
class Shift:
    """Budget that the playbook moves, or would have moved, by the decision of this week."""

    rule: str
    source: str
    receiver: str | None
    amount: float
    effective_on: date
    state: str
    approval: str
    approver: str
    reason: str


@dataclass(frozen=True)
class Paid:
    """A past shift judged at one of its ages; effects are won deals, against what would have happened."""

    rule: str
    age_weeks: int
    amount: float
    effect: float
    low: float
    high: float
    verdict: str
    naive_change: float | None
    is_held_out: bool


@dataclass(frozen=True)
class Action:
    """Something to be done that has not ended: by whom, until when, and what will show that it worked."""

    signal: str
    subject: str
    state: str
    owner: str
    controller: str
    due_on: date
    expected: str
    escalated_to: str | None


@dataclass(frozen=True)
class RateChart:
    """Acceptance of one tactic's leads (or of all) by week: the rate that speaks first when quality falls."""

    source: str
    segment: str
    points: tuple[ChartPoint, ...]


@dataclass(frozen=True)
class Trust:
    """How right the estimates of one measure have been; `verdict` as in the mart weekly_backtest."""

    measure: str
    cohorts: int
    coverage: float
    bias: float | None
    error: float | None
    error_plan: float | None
    error_naive: float | None
    verdict: str


@dataclass(frozen=True)
class Loop:
    """All of it for one week; empty before the week's control has run."""

    ripe: tuple[Ripe, ...] = ()
    signals: tuple[Signal, ...] = ()
    teams: tuple[TeamLoad, ...] = ()
    shifts: tuple[Shift, ...] = ()
    paid: tuple[Paid, ...] = ()
    actions: tuple[Action, ...] = ()
    acceptance: RateChart | None = None
    trust: tuple[Trust, ...] = ()
