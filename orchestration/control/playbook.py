"""The grammar of the playbook: rules agreed before the week starts, read from YAML, refused with the field's name.

Belongs here: what a rule may say and when it is in force. Does not belong here: applying rules to a week
(`shifts.py`), or where the file lies.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

RESERVE = "reserve"
STREAMS = ("accept", "lead_to_meeting")
"""Streams of evidence that a condition may ask for: accepted of decided leads, meetings of leads against
those that their ages let expect."""
TUESDAY = 1
_OF = re.compile(r"^rate_ratio\((?P<stream>[a-z_][a-z0-9_]*)\)\s*(?P<side>[<>])\s*(?P<bound>\d+(?:\.\d+)?)$")

NESTED = (
    "deputies", "scope", "trigger", "persistence", "min_sample", "data_gate", "cause_gate", "action", "receiver",
    "rollback_if", "evaluate",
)  # fmt: skip
"""Fields of a rule that hold more than one value; a table keeps each as its JSON."""

Percent = Annotated[float, Field(gt=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Weeks = Annotated[int, Field(ge=0, le=104)]


class PlaybookError(ValueError):
    """A playbook that cannot be used; the message has one line per wrong field."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class PosteriorCondition(_Part):
    """P(a stream's rate over plan is beyond a bound) >= value, e.g. of: rate_ratio(lead_to_meeting) < 0.9."""

    metric: Literal["post_prob"]
    of: str
    op: Literal[">="] = ">="
    value: Share

    @model_validator(mode="after")
    def _readable(self) -> "PosteriorCondition":
        if _OF.match(self.of) is None:
            raise ValueError(f"of is {self.of!r}, write for instance: rate_ratio(lead_to_meeting) < 0.9")
        return self

    @property
    def on_stream(self) -> str:
        """The stream whose evidence it reads."""
        return self.parts[0]

    @property
    def parts(self) -> tuple[str, str, float]:
        """Stream, side ('<' or '>') and bound of `of`."""
        stream, side, bound = cast("re.Match[str]", _OF.match(self.of)).group("stream", "side", "bound")
        return stream, side, float(bound)


class CusumCondition(_Part):
    """A stream's CUSUM at or over h nats; auto = the act level of the false-alarm budget."""

    metric: Literal["cusum"]
    stream: str = Field(min_length=1)
    theta: float = Field(default=0.8, gt=0, lt=1)
    h: Literal["auto", "watch", "act"] | Annotated[float, Field(gt=0)] = "auto"

    @property
    def on_stream(self) -> str:
        """The stream whose evidence it reads."""
        return self.stream


Condition = Annotated[PosteriorCondition | CusumCondition, Field(discriminator="metric")]


class Scope(_Part):
    """Sources a rule may take money from; empty means all, `exclude` (brand, contracts, tests) is never touched."""

    sources: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


class Persistence(_Part):
    """The trigger must hold now and in k of the last `of` weeks."""

    k: int = Field(default=2, ge=1)
    of: int = Field(default=3, ge=1, le=26)

    @model_validator(mode="after")
    def _possible(self) -> "Persistence":
        if self.k > self.of:
            raise ValueError(f"k {self.k} of {self.of} weeks can never happen")
        return self


class MinSample(_Part):
    """Least evidence: leads in the window, and expected events or maturity G."""

    leads: float = Field(default=100, ge=0)
    expected_events: float = Field(default=5, ge=0)
    maturity_min: Share = Field(default=0.3, alias="G_min")


class DataGate(_Part):
    """What must be true of the data, otherwise hold: not enough truth."""

    truth_lag_p95_h: float = Field(default=24, gt=0)
    spend_reconciled: bool = True
    dq_blocking_tests: Literal["pass", "ignore"] = "pass"


class CauseGate(_Part):
    """Least share of the loss that readiness and fit explain; under it the action is to fix the SLA."""

    ready_or_fit_share_min: Share = 0.5


class Action(_Part):
    """How much moves: percent of the source's spend, its cap, the cap over all sources, and what must remain."""

    shift_pct_of_source: Percent
    max_shift_pct_source: Percent = 25
    max_total_moved_pct: Percent = 10
    min_spend: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _within(self) -> "Action":
        if self.shift_pct_of_source > self.max_shift_pct_source:
            raise ValueError("shift_pct_of_source exceeds max_shift_pct_source")
        return self


class ReceiverCapacity(_Part):
    """What the receiving team must still be able to do after the shift."""

    rho_after_max: Share = 0.85
    late_share_max: Share = Field(default=0.1, alias="P_wait_gt_SLA_max")


class Headroom(_Part):
    """How fast a receiver may grow in one step; its own max_spend binds as well."""

    max_ramp_pct: Percent = 20


class Receiver(_Part):
    """Who gets the money: the best marginal cost, if surely better than the donor; what finds no place is reserved."""

    rank: Literal["marginal_cpa"] = "marginal_cpa"
    better_min: Share = Field(default=0.8, alias="P_better_min")
    headroom: Headroom = Headroom()
    capacity: ReceiverCapacity = ReceiverCapacity()
    otherwise: Literal["reserve"] = Field(default="reserve", alias="else")


class Evaluation(_Part):
    """Ages in weeks at which the shift is judged, and the share of triggers held back at random to judge the rule.

    A trigger is held only while its money at risk is under `holdout_limit` a week.
    """

    ages: tuple[Annotated[int, Field(ge=1, le=52)], ...] = (4, 8)
    holdout_prob: Share = 0.1
    holdout_limit: float = Field(default=5_000, ge=0)


class Rule(_Part):
    """One pre-agreed rule of one version.

    `approval`: a pre_agreed rule moves money unless someone stops it, a required one only when its approver (or a
    deputy) says so before the Tuesday.
    """

    id: str = Field(min_length=1)
    version: int = Field(ge=1)
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    approver: str = Field(min_length=1)
    deputies: tuple[str, ...] = ()
    approval: Literal["pre_agreed", "required"] = "pre_agreed"
    approved_on: date
    valid_from: date
    valid_to: date | None = None
    priority: int = 100
    scope: Scope = Scope()
    trigger: Condition
    persistence: Persistence = Persistence()
    min_sample: MinSample = MinSample()
    data_gate: DataGate = DataGate()
    cause_gate: CauseGate = CauseGate()
    action: Action
    receiver: Receiver = Receiver()
    effective: Literal["next_tuesday"] = "next_tuesday"
    platform_lead_days: int = Field(default=0, ge=0, le=28)
    cooldown_weeks: Weeks = 3
    expires_weeks: Annotated[int, Field(ge=1, le=104)] = 8
    rollback_if: Condition | None = None
    evaluate: Evaluation = Evaluation()

    @model_validator(mode="after")
    def _agreed(self) -> "Rule":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}")
        if self.approver == self.owner:
            raise ValueError(f"approver and owner are both {self.owner}: a rule needs a second signature")
        return self

    @property
    def deciders(self) -> tuple[str, ...]:
        """Roles that may approve, hold or reject its shifts."""
        return (self.approver, *self.deputies)

    def in_force(self, week_start: date) -> bool:
        """Whether the rule was approved before the week started and is valid in it."""
        ended = self.valid_to is not None and self.valid_to < week_start
        return self.approved_on < week_start and self.valid_from <= week_start and not ended


@dataclass(frozen=True)
class RuleProblem:
    """What is wrong with one rule: its place in the list (from 0), the field's path as written, kind and message."""

    index: int
    path: tuple[str | int, ...]
    kind: str
    message: str

    @property
    def field(self) -> str:
        """The path in words, such as action.shift_pct_of_source."""
        return ".".join(str(step) for step in self.path) or "rule"


def read_rules(rules: Sequence[Mapping[str, Any]]) -> tuple[tuple[Rule, ...], list[RuleProblem]]:
    """Rules that can be read, and every wrong field of every rule. Versions of one rule must not overlap in time."""
    parsed: dict[int, Rule] = {}
    problems: list[RuleProblem] = []
    for index, content in enumerate(rules):
        try:
            parsed[index] = Rule.model_validate(content)
        except ValidationError as error:
            problems += [RuleProblem(index, _path(e["loc"]), e["type"], e["msg"]) for e in error.errors()]
    return tuple(parsed.values()), problems + _overlaps(parsed)


def parse_playbook(rules: Sequence[Mapping[str, Any]], name: str = "playbook") -> tuple[Rule, ...]:
    """Rules as read from YAML. Raises PlaybookError with a line per wrong field of every rule."""
    parsed, problems = read_rules(rules)
    if problems:
        told = (f"{name}: rule {p.index + 1} ({_id(rules[p.index])}): {p.field}: {p.message}" for p in problems)
        raise PlaybookError("\n".join(told))
    return parsed


def rules_of_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from table rows with a column per field, nested fields as their JSON. Raises PlaybookError."""
    return parse_playbook([{name: _value(name, row[name]) for name in row if row[name] is not None} for row in rows])


def rules_in_force(rules: Sequence[Rule], week_start: date) -> list[Rule]:
    """Rules in force in a week, the most urgent priority first (1 before 2), then by id."""
    return sorted((r for r in rules if r.in_force(week_start)), key=lambda r: (r.priority, r.id, r.version))


def next_tuesday(day: date, lead_days: int = 0) -> date:
    """The first Tuesday after `day` by which a platform that needs `lead_days` can have changed."""
    tuesday = day + timedelta(days=(TUESDAY - day.weekday() - 1) % 7 + 1)
    late = (day + timedelta(days=lead_days) - tuesday).days
    return tuesday + timedelta(weeks=max(0, -(-late // 7)))


def _value(name: str, value: Any) -> Any:
    nested = name in NESTED and isinstance(value, str)
    return json.loads(value) if nested else value


def _id(content: Mapping[str, Any]) -> str:
    return str(content.get("id", "without id"))


def _path(location: Sequence[int | str]) -> tuple[str | int, ...]:
    """Path of a field as the author wrote it, without the tag by which a condition's kind was told."""
    return tuple(step for step in location if step not in ("post_prob", "cusum"))


def _overlaps(rules: Mapping[int, Rule]) -> list[RuleProblem]:
    problems: list[RuleProblem] = []
    for (_, one), (index, other) in combinations(rules.items(), 2):
        apart = (one.valid_to or date.max) < other.valid_from or (other.valid_to or date.max) < one.valid_from
        if one.id == other.id and one.version == other.version:
            problems.append(RuleProblem(index, ("version",), "twice", f"version {one.version} stands twice"))
        elif one.id == other.id and not apart:
            message = f"versions {one.version} and {other.version} overlap: end one before the other begins"
            problems.append(RuleProblem(index, ("valid_from",), "overlap", message))
    return problems
