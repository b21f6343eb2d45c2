"""The qualification contract as a document: its fields, and who has to sign it.

Belongs here: fields and what one of them may hold by itself. Does not belong here: rules between versions
(`contract_rules.py`), reading a file or what is in force when (`contract.py`), what a check means (`compile.py`).
"""

import hashlib
import json
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from expectations.checks import Check, Text
from expectations.cost_rules import CostRule

Severity = Literal["critical", "major", "minor"]
ReasonCategory = Literal[
    "wrong_segment", "wrong_role", "no_contact_data", "duplicate", "competitor_or_student", "no_need_or_timing",
    "already_customer",
]  # fmt: skip
Side = Literal["marketing", "sales"]
SIDES: tuple[Side, ...] = ("marketing", "sales")
_ROLES: dict[Side, re.Pattern[str]] = {
    "marketing": re.compile(r"(^|_)marketing(_|$)"),
    "sales": re.compile(r"^(sales|sdr|ae)(_|$)"),
}
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Signature(_Document):
    """Who signed (a role of the plan's owners), on which day, and for which side where the role does not say it."""

    by: Code
    on: date
    side: Side | None = None

    @property
    def signs_for(self) -> Side | None:
        """The side that signs: as stated, else by the role's name; None when neither tells."""
        return self.side or next((side for side, role in _ROLES.items() if role.search(self.by)), None)


class Criterion(_Document):
    """One version of one criterion, in force on the business days `valid_from` to `valid_to` (both included)."""

    code: Code
    version: Annotated[int, Field(ge=1)]
    title: Text
    check: Check
    segments: list[Text] = []
    severity: Severity
    owner: Code
    reason_category: ReasonCategory
    cost_rule: CostRule | None = None
    valid_from: date
    valid_to: date | None = None
    signatures: list[Signature] = []

    @model_validator(mode="after")
    def _dates_in_order(self) -> "Criterion":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is before valid_from {self.valid_from}; correct one of them")
        return self

    @property
    def key(self) -> str:
        """`code@version`, unique in a contract."""
        return f"{self.code}@{self.version}"

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """The business midnight (UTC, naive) from which the version is in force."""
        return _midnight(self.valid_from, zone)

    def ends_at(self, zone: ZoneInfo) -> datetime | None:
        """The business midnight (UTC, naive) from which it no longer is; None while open."""
        return None if self.valid_to is None else _midnight(self.valid_to + timedelta(days=1), zone)

    def in_force_at(self, handed_off_at: datetime, zone: ZoneInfo) -> bool:
        """Whether it judges a lead handed off at this instant (UTC, naive)."""
        end = self.ends_at(zone)
        return self.starts_at(zone) <= handed_off_at and (end is None or handed_off_at < end)


class Contract(_Document):
    """The whole document: every version of every criterion. Its signatures are those of the versions that carry none
    of their own."""

    version: Text
    title: Text
    signatures: list[Signature] = []
    criteria: Annotated[list[Criterion], Field(min_length=1)]

    def signatures_of(self, criterion: Criterion) -> list[Signature]:
        """Who signed a version: its own signatures, else the document's."""
        return criterion.signatures or self.signatures

    def codes(self) -> tuple[str, ...]:
        """Every criterion's code once, in the document's order."""
        return tuple(dict.fromkeys(criterion.code for criterion in self.criteria))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def judged_by(criterion: Criterion) -> str:
    """A hash of what judges in a version: everything but title, dates and signatures. A domain list counts by name:
    both sides agreed to the list, whatever it comes to hold."""
    return digest(what_judges(criterion))


def what_judges(criterion: Criterion) -> dict[str, object]:
    """The part of a version that `judged_by` hashes, as plain values."""
    dumped = criterion.model_dump(mode="json", exclude={"title", "valid_from", "valid_to", "signatures"})
    # A criterion without a cost rule is what it was before there were any.
    return {name: value for name, value in dumped.items() if name != "cost_rule" or value is not None}


def digest(content: object) -> str:
    """A short hash of a plain value."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
