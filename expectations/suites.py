"""Great Expectations suites as data, built from the contract, and their outcome as data.

Belongs here: which expectation states a criterion, over which leads, and how its counts are read. Does not belong
here: Great Expectations itself, which only `duckdb_gx.py` imports (3 seconds, paid when there is something to run).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb

from expectations import checks
from expectations.compile import Scope, predicate
from expectations.document import Contract, Criterion

Form = Literal["not_null", "in_set", "not_in_set", "between", "failing_rows"]
Scalar = bool | int | float | str


@dataclass(frozen=True)
class Expectation:
    """One expectation about a relation's rows.

    `form` names the Great Expectations class; `failing_rows` counts the rows for which `failing` (SQL) is true, or the
    rows of `query`, in which `{batch}` stands for those of the suite.
    `key` finds its outcome again; severity, reason and owner ride in the expectation's severity and meta.
    """

    key: str
    form: Form
    description: str
    severity: str
    meta: dict[str, str] = field(default_factory=dict[str, str])
    column: str = ""
    values: tuple[Scalar, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    failing: str = ""
    query: str = ""
    scope: Scope | None = None


@dataclass(frozen=True)
class Suite:
    """Expectations about one relation (`query`: a select, run inside DuckDB)."""

    name: str
    query: str
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations found: rows looked at and rows with a null (None where it does not say), rows that
    fail. `error` is set when the expectation could not be evaluated, and then no count means anything."""

    failing: int
    looked_at: int | None = None
    missing: int | None = None
    error: str | None = None


def run_suites(con: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> dict[str, Outcome]:
    """Run `suites` inside the database of `con` in one Great Expectations session; outcomes by expectation key.

    Leaves nothing open. The import happens here, so a run with nothing to inspect never pays for it.
    """
    expectations = [expectation for suite in suites for expectation in suite.expectations]
    if not expectations:
        return {}
    # Read once, at import: without it, every session reports its use to the vendor over the network.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    from expectations.duckdb_gx import GxSession

    with GxSession(con) as session:
        outcomes = {key: outcome for suite in suites for key, outcome in session.validate(suite).items()}
    unanswered = [e.key for e in expectations if e.key not in outcomes]
    return outcomes | {key: Outcome(0, error="Great Expectations returned no result for it") for key in unanswered}


def sales_ready_suite(contract: Contract, zone: ZoneInfo, query: str, skip: frozenset[str] = frozenset()) -> Suite:
    """The contract as a suite over `query` (inspection subjects), one expectation per criterion version.

    `skip` names the criteria (`code@version`) that cannot be evaluated at all.
    """
    judged = [criterion for criterion in contract.criteria if criterion.key not in skip]
    return Suite("sales_ready", query, tuple(_expectation(criterion, zone) for criterion in judged))


def failures(criterion: Criterion, outcome: Outcome) -> int:
    """How many leads fail the criterion by Great Expectations' counts; nulls pass its value checks, so they are
    added where the criterion calls an absent value a defect."""
    native = _form(criterion.check) not in ("failing_rows", "not_null")
    counts_missing = native and criterion.check.missing == "defect"
    return outcome.failing + ((outcome.missing or 0) if counts_missing else 0)


def _form(check: checks.CheckBase) -> Form:
    return _FORMS.get(type(check), "failing_rows")


_FORMS: dict[type[checks.CheckBase], Form] = {
    checks.Required: "not_null",
    checks.OneOf: "in_set",
    checks.NotOneOf: "not_in_set",
    checks.Between: "between",
    checks.AtLeast: "between",
    checks.ConsentGiven: "in_set",
}


def _expectation(criterion: Criterion, zone: ZoneInfo) -> Expectation:
    check, form, scope = criterion.check, _form(criterion.check), Scope.of(criterion, zone)
    meta = {
        "criterion_code": criterion.code,
        "criterion_version": str(criterion.version),
        "owner": criterion.owner,
        "reason_category": criterion.reason_category,
    }
    common = Expectation(criterion.key, form, criterion.title, criterion.severity, meta, scope=scope)
    return _with_parameters(common, check)


def _with_parameters(common: Expectation, check: checks.CheckBase) -> Expectation:
    match check:
        case checks.Required():
            return replace(common, column=check.column)
        case checks.OneOf() | checks.NotOneOf():
            return replace(common, column=check.column, values=tuple(check.values))
        case checks.ConsentGiven():
            return replace(common, column=check.column, values=(True,))
        case checks.Between():
            return replace(common, column=check.column, minimum=check.min, maximum=check.max)
        case checks.AtLeast():
            return replace(common, column=check.column, minimum=check.min)
        case _:
            return replace(common, failing=f"{predicate(check)} is false")
