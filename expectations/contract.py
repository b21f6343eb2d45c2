# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false
"""The qualification contract: the document both sides sign, parsed, validated, and asked what was in force when.

Belongs here: the document's fields and the rules it must keep (versions that follow on each other, known columns,
values only). Does not belong here: what a check means in SQL (`compile.py`) or the criteria themselves
(`sales_ready.yml`).
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, model_validator

from expectations.checks import MAX_DEPTH, Check, CheckBase, Compound, DomainNotIn, Pattern, Text, column_problem, walk
from expectations.cost_rules import CostRule, describe_rule
from expectations.ledger import CRITERIA_SCHEMA
from expectations.located_yaml import Located
from expectations.problems import Problem, Where, by_line, read_document

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

# Part of every contract hash: raise it when the meaning of a check kind changes, and all leads are judged anew.
GRAMMAR_VERSION = 1


class ContractError(ValueError):
    """The document cannot be used; `problems` lists everything that is wrong with it, by line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


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


@dataclass(frozen=True)
class Epoch:
    """A stretch of time (UTC, naive; end excluded, None open) in which the same criteria are in force."""

    starts_at: datetime | None
    ends_at: datetime | None
    criteria_hash: str


def load_contract(path: Path) -> Contract:
    """Read and validate the contract at `path`; raises ContractError listing every problem."""
    contract, problems = _read(path)
    if contract is None or problems:
        raise ContractError(problems)
    return contract


def check_contract(
    path: Path, owners: Collection[str] | None = None, segments: Collection[str] | None = None
) -> list[Problem]:
    """Everything wrong with the contract at `path`, by line; empty when it can be used.

    `owners` and `segments`, the plan's, are checked against when given.
    """
    return _read(path, owners, segments)[1]


def in_force(contract: Contract, handed_off_at: datetime, zone: ZoneInfo) -> list[Criterion]:
    """The criteria that judge a lead handed off at this instant (UTC, naive), in the document's order."""
    return [criterion for criterion in contract.criteria if criterion.in_force_at(handed_off_at, zone)]


def epochs(contract: Contract, zone: ZoneInfo) -> list[Epoch]:
    """Time cut where the set of criteria in force changes, from the beginning to the end of time.

    A lead's epoch hash covers what judges it and how: a new version from next month on leaves older leads' unchanged.
    """
    starts = {criterion.starts_at(zone) for criterion in contract.criteria}
    ends = {end for criterion in contract.criteria if (end := criterion.ends_at(zone)) is not None}
    cuts = sorted(starts | ends)
    bounds = [None, *cuts, None]
    return [
        Epoch(start, end, _hash(in_force(contract, start, zone) if start else [])) for start, end in pairwise(bounds)
    ]


def criteria_table(contract: Contract) -> pa.Table:
    """The contract as a table (CRITERIA_SCHEMA): one row per criterion x version, none of them in use yet."""
    return pa.Table.from_pylist([_row(contract, criterion) for criterion in contract.criteria], schema=CRITERIA_SCHEMA)


def _row(contract: Contract, c: Criterion) -> dict[str, object]:
    signatures = contract.signatures_of(c)
    signed: dict[Side | None, str] = {signature.signs_for: signature.by for signature in signatures}
    return {
        "criterion_code": c.code,
        "criterion_version": c.version,
        "title": c.title,
        "severity": c.severity,
        "owner": c.owner,
        "reason_category": c.reason_category,
        "valid_from": c.valid_from,
        "valid_to": c.valid_to,
        "contract_version": contract.version,
        "check_json": json.dumps(c.check.model_dump(mode="json", exclude_none=True), ensure_ascii=False),
        "segments": ",".join(c.segments) or None,
        "cost_rule": describe_rule(c.cost_rule),
        "signed_by_marketing": signed.get("marketing"),
        "signed_by_sales": signed.get("sales"),
        "signed_on": max((signature.on for signature in signatures), default=None),
        "judged_by": judged_by(c),
    }


def judged_by(criterion: Criterion) -> str:
    """A hash of what judges in a version: everything but title, dates and signatures. A domain list counts by name:
    both sides agreed to the list, whatever it comes to hold."""
    return _digest(_what_judges(criterion))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _what_judges(criterion: Criterion) -> dict[str, object]:
    dumped = criterion.model_dump(mode="json", exclude={"title", "valid_from", "valid_to", "signatures"})
    # A criterion without a cost rule is what it was before there were any.
    return {name: value for name, value in dumped.items() if name != "cost_rule" or value is not None}


def _hash(criteria: Iterable[Criterion]) -> str:
    """What judges, and the domains that the named lists hold."""
    judging = [
        {
            **_what_judges(criterion),
            "domains": [part.excluded() for _, part in walk(criterion.check) if isinstance(part, DomainNotIn)],
        }
        for criterion in criteria
    ]
    return _digest([GRAMMAR_VERSION, judging])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def _read(
    path: Path, owners: Collection[str] | None = None, segments: Collection[str] | None = None
) -> tuple[Contract | None, list[Problem]]:
    document = read_document(path, Contract, "ANDON_CRITERIA_FILE", _criterion_at)
    contract = document.model
    if contract is None:
        return None, document.problems
    found = [
        document.problem(where, message)
        for where, message in (
            *_check_columns(contract),
            *_check_versions(contract),
            *_check_names(contract, owners, segments),
        )
    ]
    return contract, by_line(found)


def _criterion_at(located: Located, where: Where) -> str | None:
    code = located.value((*where[:2], "code")) if where[:1] == ("criteria",) else None
    return code if isinstance(code, str) else None


Found = Iterator[tuple[Where, str]]


def _check_columns(contract: Contract) -> Found:
    with duckdb.connect() as engine:
        for index, criterion in enumerate(contract.criteria):
            for path, check in walk(criterion.check, ("criteria", index, "check")):
                if path.count("checks") > MAX_DEPTH:
                    yield path, f"checks are nested deeper than {MAX_DEPTH}; split the criterion"
                yield from _check_one(path, check, engine)


def _check_one(path: tuple[str | int, ...], check: CheckBase, engine: duckdb.DuckDBPyConnection) -> Found:
    # A compound's columns are those of its parts, which come by themselves.
    for column in () if isinstance(check, Compound) else check.columns():
        problem = column_problem(check, column)
        if problem:
            yield (*path, "column"), problem
    if isinstance(check, Pattern):
        try:
            engine.execute("select regexp_matches('', ?)", [check.pattern]).fetchall()
        except duckdb.Error as error:
            yield (*path, "pattern"), f"is not a regular expression (RE2 syntax): {error}"


def _check_versions(contract: Contract) -> Found:
    for code in contract.codes():
        versions = [(i, c) for i, c in enumerate(contract.criteria) if c.code == code]
        versions.sort(key=lambda pair: (pair[1].valid_from, pair[1].version))
        for (_, before), (index, after) in pairwise(versions):
            where = ("criteria", index)
            if after.version <= before.version:
                yield (*where, "version"), f"must be above {before.version}, the version before it in time"
            if before.valid_to is None or before.valid_to >= after.valid_from:
                last = after.valid_from - timedelta(days=1)
                yield (*where, "valid_from"), f"overlaps {before.key}; set that version's valid_to to {last}"
            elif before.valid_to + timedelta(days=1) < after.valid_from:
                first = before.valid_to + timedelta(days=1)
                yield (*where, "valid_from"), f"leaves a gap after {before.key}; begin on {first}"


def _check_names(contract: Contract, owners: Collection[str] | None, segments: Collection[str] | None) -> Found:
    for index, criterion in enumerate(contract.criteria):
        if owners is not None and criterion.owner not in owners:
            yield ("criteria", index, "owner"), f"{criterion.owner} is not an owner of the plan; use {_any(owners)}"
        unknown = [segment for segment in criterion.segments if segments is not None and segment not in segments]
        if unknown:
            yield ("criteria", index, "segments"), f"no segment {_any(unknown)} in the plan; use {_any(segments or ())}"
    for index, signature in enumerate(contract.signatures):
        if owners is not None and signature.by not in owners:
            yield ("signatures", index, "by"), f"{signature.by} is not an owner of the plan; use {_any(owners)}"


def _any(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
