"""What a weekly review says, as typed values: no SQL, no words, no layout.

Belongs here: the shapes. Does not belong here: where values come from (`collect.py`) or how they look (`view.py`).
None always means "not known or not delivered", never zero. Money is in `ReviewData.currency`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from orchestration.control.signal_columns import GROWN, SIGNAL, WATCH
from orchestration.serving.freshness import Leg
from orchestration.serving.review.dispute_data import Dispute
from orchestration.serving.review.loop_data import Loop, Signal

State = Literal["provisional", "final", "blocked"]
Severity = Literal["critical", "warning"]
ALL = "all"


@dataclass(frozen=True)
class Revision:
    """One revision of the week: its number, what it may be relied on for, when (aware, UTC) and why it was made."""

    number: int
    state: State
    as_of: datetime
    reason: str


@dataclass(frozen=True)
class Figure:
    """Plan against actual of one metric in one cell; `source` or `segment` may be 'all'. Shares are fractions."""

    source: str
    segment: str
    metric: str
    plan: float | None
    actual: float | None
    variance: float | None
    variance_pct: float | None
    favourable: str | None
    status: str
    signal: str | None = None
    confidence: float | None = None
    weeks_lasted: int | None = None

    @property
    def reading(self) -> str:
        """The status where the difference is more than chance; else `watch` or `chance`.

        Spend is decided and not drawn, so its difference is never chance; nor is one that could not be tested (None).
        What leads grow into is tested over four weeks: on plan in this one and short in the four is `short_lately`.
        """
        if self.status == "on_plan" and self.metric in GROWN and self.signal == SIGNAL:
            return "short_lately"
        if self.status not in ("watch", "off_plan") or self.metric == "spend" or self.signal in (None, SIGNAL):
            return self.status
        return "watch" if self.signal == WATCH else "chance"


@dataclass(frozen=True)
class Point:
    """A metric's company-wide plan and actual in one earlier week."""

    week_start: date
    plan: float | None
    actual: float | None


@dataclass(frozen=True)
class Driver:
    """What one factor of one source did to won deals, and in money (+ is unfavourable).

    `is_matured`: to the deals that the week's leads will come to; else to those that were counted in the week.
    """

    source: str
    factor: str
    owner: str
    acquisitions: float
    money: float | None
    is_matured: bool = False


@dataclass(frozen=True)
class Criterion:
    """A qualification criterion, and how many leads first handed off in the week fail it, at what cost."""

    code: str
    title: str
    severity: str
    owner: str
    leads: int
    cost: float | None


@dataclass(frozen=True)
class Inspection:
    """Leads first handed off in the week by verdict; handed off = ready + defective + unevaluable."""

    handed_off: int | None
    ready: int | None
    defective: int | None
    unevaluable: int | None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class TeamQueue:
    """Handoffs offered to one team in the week; minutes are business minutes until the first response."""

    team: str
    handoffs: int
    decided: int
    accepted: int
    returned: int
    waiting: int
    on_time: int
    judged_on_time: int
    first_pass: int
    minutes_p50: float | None
    minutes_p90: float | None
    limit_low: int | None
    limit_high: int | None
    cost_of_poor_quality: float | None


@dataclass(frozen=True)
class Issue:
    """Something behind the numbers that is not as it should be."""

    severity: Severity
    subject: str
    found: str


@dataclass(frozen=True)
class LastWeek:
    """The latest revision of the week before: its company-wide figures and its signals."""

    is_blocked: bool
    figures: tuple[Figure, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class ReviewData:
    """All that the page of one week's latest revision shows."""

    week_start: date
    iso_week: str
    currency: str
    time_zone: str
    revisions: tuple[Revision, ...]
    plan_versions: tuple[str, ...]
    figures: tuple[Figure, ...]
    previous_figures: tuple[Figure, ...]
    history: dict[str, tuple[Point, ...]]
    drivers: tuple[Driver, ...]
    inspection: Inspection
    queues: tuple[TeamQueue, ...]
    issues: tuple[Issue, ...]
    source_titles: dict[str, str]
    owner_titles: dict[str, str]
    legs: tuple[Leg, ...] = ()
    loop: Loop = field(default_factory=Loop)
    dispute: Dispute = field(default_factory=Dispute)
    last_week: LastWeek | None = None

    @property
    def revision(self) -> Revision:
        """The latest revision, which the page is about."""
        return self.revisions[-1]

    @property
    def is_blocked(self) -> bool:
        """Whether the week cannot be judged."""
        return self.revision.state == "blocked"

    @property
    def explains_ripe(self) -> bool:
        """Whether the drivers explain what the week's leads will come to, and not what was counted in the week."""
        return any(driver.is_matured for driver in self.drivers)

    def figure(self, metric: str, source: str = ALL, segment: str = ALL) -> Figure | None:
        """The figure of one cell, or None when the week has none."""
        found = (f for f in self.figures if (f.metric, f.source, f.segment) == (metric, source, segment))
        return next(found, None)
