"""The rules that a contract must keep beyond its grammar: columns, versions, names, signatures, and its own past.

Belongs here: rules, each yielding where in the document it is broken and the remedy. Does not belong here: the
document's fields (`document.py`), lines and files (`contract.py`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import duckdb

from expectations.checks import MAX_DEPTH, CheckBase, Compound, Pattern, column_problem, walk
from expectations.document import SIDES, Contract, Criterion, judged_by
from expectations.problems import Where

Found = Iterator[tuple[Where, str]]


@dataclass(frozen=True)
class InUse:
    """A version that has judged leads, as it was when it first did (`judged_by`: see `document.judged_by`)."""

    code: str
    version: int
    judged_by: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Past:
    """What was judged so far: the versions in use, and the business day of the latest handoff judged (None: none)."""

    in_use: tuple[InUse, ...] = ()
    judged_through: date | None = None


def check_columns(contract: Contract) -> Found:
    with duckdb.connect() as engine:
        for index, criterion in enumerate(contract.criteria):
            for path, check in walk(criterion.check, ("criteria", index, "check")):
                if path.count("checks") > MAX_DEPTH:
                    yield path, f"checks are nested deeper than {MAX_DEPTH}; split the criterion"
                yield from _check_one(path, check, engine)


def _check_one(path: Where, check: CheckBase, engine: duckdb.DuckDBPyConnection) -> Found:
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


def check_versions(contract: Contract) -> Found:
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


def check_names(contract: Contract, owners: Collection[str] | None, segments: Collection[str] | None) -> Found:
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


def check_signatures(contract: Contract) -> Found:
    """Both sides have signed each version, no later than the day from which it is in force."""
    for index, criterion in enumerate(contract.criteria):
        own = bool(criterion.signatures)
        where = ("criteria", index, "signatures") if own else ("criteria", index, "version")
        signatures = contract.signatures_of(criterion)
        days = {side: [each.on for each in signatures if each.signs_for == side] for side in SIDES}
        missing = [side for side in SIDES if not days[side]]
        last = max((min(signed) for signed in days.values() if signed), default=criterion.valid_from)
        if missing:
            remedy = "; ".join(f"add {{by: {side}_lead, on: ...}} on the day {side} agrees" for side in missing)
            yield where, f"{criterion.key} is not signed by {' and '.join(missing)}: {remedy}"
        elif last > criterion.valid_from:
            message = f"{criterion.key} is back-dated: signed by both on {last}, after its valid_from"
            yield where, f"{message} {criterion.valid_from}; let it begin on {last} or later"
    yield from _check_sides(contract)


def _check_sides(contract: Contract) -> Found:
    documents = [(("signatures",), contract.signatures)]
    documents += [(("criteria", i, "signatures"), c.signatures) for i, c in enumerate(contract.criteria)]
    for path, signatures in documents:
        for index, signature in enumerate(signatures):
            if signature.signs_for is None:
                yield (*path, index, "by"), f"{signature.by} is of neither side; add side: marketing or side: sales"


def check_past(contract: Contract, past: Past) -> Found:
    """A version that has judged leads stays as it is, and a new one begins after the leads judged already."""
    through = past.judged_through
    if through is None:
        return
    places = {(c.code, c.version): (index, c) for index, c in enumerate(contract.criteria)}
    used = {(each.code, each.version): each for each in past.in_use}
    for key, before in used.items():
        if key not in places:
            name = f"{before.code}@{before.version}"
            yield ("criteria",), f"{name} has judged leads and is gone; put it back, with valid_to {through} or later"
            continue
        index, now = places[key]
        yield from _check_unchanged(("criteria", index), before, now, through)
    for key, (index, criterion) in places.items():
        if key not in used and criterion.valid_from <= through:
            first = through + timedelta(days=1)
            message = f"{criterion.key} is back-dated: leads handed off through {through} are judged already"
            yield ("criteria", index, "valid_from"), f"{message}; begin on {first} or later"


def _check_unchanged(where: Where, before: InUse, now: Criterion, through: date) -> Found:
    if judged_by(now) != before.judged_by:
        message = f"{now.key} has judged leads and was edited since"
        yield (*where, "check"), f"{message}; put back what was signed, and add version {now.version + 1}"
    if now.valid_from != before.valid_from:
        message = f"{now.key} has judged leads since {before.valid_from}"
        yield (*where, "valid_from"), f"{message}; put that date back"
    end = min(through, before.valid_to or through)
    if now.valid_to is not None and now.valid_to < end:
        message = f"{now.key} has judged leads handed off through {end}"
        yield (*where, "valid_to"), f"{message}; end on {end} or later"
