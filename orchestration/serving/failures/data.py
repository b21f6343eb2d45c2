"""What a failure report says, as typed values: no SQL, no words, no layout.

Belongs here: the shapes. Does not belong here: where values come from (`collect.py`) or how they look (`view.py`).
None always means "not known", never zero. Money is in `FailureReport.currency`; dates are business dates.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Kind = Literal["daily", "weekly"]
Gets = Literal["own", "all", "money"]


@dataclass(frozen=True)
class Audience:
    """Who receives reports by one channel; see the plan's table `audiences`."""

    audience: str
    owner: str
    owner_title: str
    channel: Literal["email", "slack", "teams"]
    address: str
    gets: Gets
    is_daily: bool
    is_weekly: bool
    is_review: bool
    is_full_data: bool


@dataclass(frozen=True)
class Example:
    """One defect that shows what is wrong; personal data is masked already."""

    lead_id: str
    email: str
    company: str
    campaign: str
    observed: str
    cost: float | None
    source_file: str
    source_line: int | None
    is_news: bool


@dataclass(frozen=True)
class Share:
    """A part of a criterion's defects, or of their cost: of a campaign, a source, an owner."""

    name: str
    new: int
    standing: int
    cost: float | None


@dataclass(frozen=True)
class CriterionFailures:
    """One criterion's defects for one audience.

    `standing` are open now, `new` and `returned` of them are news; `fixed`, `waived` and `gone` (lead merged or
    deleted) no longer stand, and are news. `since`: first seen of those that stand; `known_since`: of those of them
    that are no news.
    """

    code: str
    title: str
    severity: str
    owner_title: str
    reason_category: str
    new: int
    returned: int
    standing: int
    fixed: int
    waived: int
    gone: int
    unevaluable: int
    since: date | None
    known_since: date | None
    cost: float | None
    cost_of_new: float | None
    campaigns: tuple[Share, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def known(self) -> int:
        """Open, and told before."""
        return self.standing - self.new - self.returned

    @property
    def is_news(self) -> bool:
        return any((self.new, self.returned, self.fixed, self.waived, self.gone))


@dataclass(frozen=True)
class Problem:
    """Something because of which leads could not be judged, or not all of them.

    `key` names it across runs; `since` is the business date on which it was first told; a resolved one is told once.
    """

    key: str
    found: str
    remedy: str
    since: date
    state: Literal["new", "known", "resolved"]


@dataclass(frozen=True)
class Judged:
    """Leads judged in the period: judged = ready + defective + unevaluable. None: nothing could be judged."""

    ready: int
    defective: int
    unevaluable: int

    @property
    def total(self) -> int:
        return self.ready + self.defective + self.unevaluable


@dataclass(frozen=True)
class FailureReport:
    """All that one audience is told of one day or week."""

    kind: Kind
    period: str
    day: date
    audience: Audience
    as_of: datetime
    time_zone: str
    currency: str
    criteria: tuple[CriterionFailures, ...]
    problems: tuple[Problem, ...]
    judged: Judged | None
    money: dict[str, tuple[Share, ...]] = field(default_factory=dict[str, tuple[Share, ...]])
    is_first: bool = False

    @property
    def report(self) -> str:
        """The report's name in the outbox, `daily:2026-03-02` or `weekly:2026-W10`."""
        return f"{self.kind}:{self.period}"

    @property
    def tells_all(self) -> bool:
        """Whether it is of the first week that leads were inspected: all that is found is found then, none is new."""
        return self.kind == "weekly" and self.is_first

    @property
    def new(self) -> int:
        return sum(criterion.new + criterion.returned for criterion in self.criteria)

    @property
    def standing(self) -> int:
        return sum(criterion.standing for criterion in self.criteria)

    @property
    def fixed(self) -> int:
        return sum(criterion.fixed + criterion.waived + criterion.gone for criterion in self.criteria)

    @property
    def cost(self) -> float | None:
        known = [criterion.cost for criterion in self.criteria if criterion.cost is not None]
        return sum(known) if known else None

    @property
    def is_news(self) -> bool:
        """Whether a day is worth a message."""
        return (
            any(criterion.is_news for criterion in self.criteria)
            or any(problem.state != "known" for problem in self.problems)
            or (self.is_first and self.standing > 0)
        )
