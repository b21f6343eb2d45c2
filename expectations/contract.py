# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false
"""The qualification contract's file: read with the line of every problem, and asked what was in force when.

Belongs here: from file to contract, epochs, the contract as a table. Does not belong here: the document's fields
(`document.py`), its rules (`contract_rules.py`), what a check means in SQL (`compile.py`) or the criteria themselves
(`sales_ready.yml`).
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from expectations.checks import DomainNotIn, walk
from expectations.contract_rules import (
    Past,
    check_columns,
    check_names,
    check_past,
    check_signatures,
    check_versions,
)
from expectations.cost_rules import describe_rule
from expectations.document import Contract, Criterion, Side, digest, judged_by, what_judges
from expectations.ledger import CRITERIA_SCHEMA
from expectations.located_yaml import Located
from expectations.problems import Document, Problem, Where, by_line, read_document

# Part of every contract hash: raise it when the meaning of a check kind changes, and all leads are judged anew.
GRAMMAR_VERSION = 1


class ContractError(ValueError):
    """The document cannot be used; `problems` lists everything that is wrong with it, by line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Epoch:
    """A stretch of time (UTC, naive; end excluded, None open) in which the same criteria are in force."""

    starts_at: datetime | None
    ends_at: datetime | None
    criteria_hash: str


def load_contract(path: Path) -> Contract:
    """Read and validate the contract at `path`; raises ContractError listing every problem that makes it unusable.

    Missing signatures and changes of what has judged leads do not: see `check_agreement`.
    """
    document = _read(path)
    contract = document.model
    if contract is None:
        raise ContractError(document.problems)
    found = (*check_columns(contract), *check_versions(contract))
    if found:
        raise ContractError(_located(document, found))
    return contract


def check_contract(
    path: Path,
    owners: Collection[str] | None = None,
    segments: Collection[str] | None = None,
    past: Past | None = None,
) -> list[Problem]:
    """Everything wrong with the contract at `path`, by line; empty when it can be used.

    `owners` and `segments`, the plan's, and the `past` of the installation are checked against when given.
    """
    document = _read(path)
    contract = document.model
    if contract is None:
        return document.problems
    found = (
        *check_columns(contract),
        *check_versions(contract),
        *check_names(contract, owners, segments),
        *check_signatures(contract),
        *check_past(contract, past or Past()),
    )
    return _located(document, found)


def check_agreement(path: Path, past: Past) -> list[Problem]:
    """Where the contract at `path` is not what both sides signed before it took force, by line."""
    document = _read(path)
    contract = document.model
    if contract is None:
        return document.problems
    return _located(document, (*check_signatures(contract), *check_past(contract, past)))


def _located(document: Document[Contract], found: Iterable[tuple[Where, str]]) -> list[Problem]:
    return by_line(document.problem(where, message) for where, message in found)


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


def _hash(criteria: Iterable[Criterion]) -> str:
    """What judges, and the domains that the named lists hold."""
    judging = [
        {
            **what_judges(criterion),
            "domains": [part.excluded() for _, part in walk(criterion.check) if isinstance(part, DomainNotIn)],
        }
        for criterion in criteria
    ]
    return digest([GRAMMAR_VERSION, judging])


def _read(path: Path) -> Document[Contract]:
    return read_document(path, Contract, "ANDON_CRITERIA_FILE", _criterion_at)


def _criterion_at(located: Located, where: Where) -> str | None:
    code = located.value((*where[:2], "code")) if where[:1] == ("criteria",) else None
    return code if isinstance(code, str) else None
