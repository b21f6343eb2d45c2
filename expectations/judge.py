# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The judge: leads in, verdicts and failing rows out, with Great Expectations' counts proven equal to the ledger's.

Belongs here: the inspection of a batch, inside the caller's DuckDB connection, without any file or clock. Does not
belong here: which leads need it (`orchestration/inspection`), or what a check means (`compile.py`).

One pass writes each lead's answer to each criterion into a table in memory; Great Expectations then asks its own
questions of the same rows, and the verdicts and failing rows are read from the answers. Every failing row is kept:
Great Expectations' own lists of them are capped, so only its counts are used, and those must be equal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from expectations.compile import Scope, instant, observed, outcome, predicate, present_text, quote
from expectations.contract import epochs
from expectations.cost_rules import flatten
from expectations.document import Contract, Criterion
from expectations.ledger import DEFECTIVE, FAIL, READY, RESULT_SCHEMA, UNEVALUABLE, VERDICT_SCHEMA
from expectations.subjects import (
    CRITERION_COLUMNS,
    HANDED_OFF_AT,
    KEY_COLUMNS,
    SEGMENT,
    TRACE_COLUMNS,
    kind_of,
)
from expectations.suites import Outcome, Suite, failures, run_suites, sales_ready_suite

_CATALOG = "andon_inspection"
_JUDGED = f"{_CATALOG}.main.judged"
_COST_TYPES = {"cost_minutes": "double", "cost_team_minutes": "double", "cost_amount": "decimal(18, 2)"}


class SubjectsError(ValueError):
    """The relation of subjects cannot be inspected at all."""


class LedgerMismatchError(RuntimeError):
    """Great Expectations and the ledger counted differently: neither can be believed."""


@dataclass(frozen=True)
class CriterionCount:
    """One criterion version over the batch: leads it applied to = passed + failed + unevaluable.

    `reason` says why nothing could be evaluated, when nothing could (a missing column, an exception).
    """

    criterion: Criterion
    applied: int
    failed: int
    unevaluable: int
    reason: str | None = None

    @property
    def passed(self) -> int:
        return self.applied - self.failed - self.unevaluable


@dataclass(frozen=True)
class InspectionResult:
    """What one inspection found. `verdict_sql` and `result_sql` select the log rows (VERDICT_SCHEMA, RESULT_SCHEMA)
    on the connection that was given; they stay valid until its next inspection."""

    con: duckdb.DuckDBPyConnection
    inspected: int
    verdicts: Mapping[str, int]
    criteria: tuple[CriterionCount, ...]
    outcomes: Mapping[str, Outcome]
    verdict_sql: str
    result_sql: str

    def verdict_table(self) -> pa.Table:
        """One row per lead inspected (VERDICT_SCHEMA)."""
        return self.con.execute(self.verdict_sql).to_arrow_table().cast(VERDICT_SCHEMA)

    def result_table(self) -> pa.Table:
        """One row per lead x criterion that failed or could not be evaluated (RESULT_SCHEMA)."""
        return self.con.execute(self.result_sql).to_arrow_table().cast(RESULT_SCHEMA)


def inspect(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    subjects: str,
    as_of: datetime,
    zone: ZoneInfo,
    also: Sequence[Suite] = (),
) -> InspectionResult:
    """Judge every row of `subjects` (SQL: a relation or a bracketed select; one row per lead) as of `as_of` (aware).

    `also` names further suites to run in the same Great Expectations session; their outcomes are in `outcomes`.
    Raises SubjectsError when lead, handoff time or hash are not there, LedgerMismatchError when the counts differ.
    """
    blocked = answer(con, contract, subjects, zone, _JUDGED)
    counts = _count(con, contract, blocked)
    inspected = _scalar(con, f"select count(*) from {subjects}")
    suites = list(also)
    if inspected:
        suites.append(sales_ready_suite(contract, zone, f"select * from {_JUDGED}", frozenset(blocked)))
    outcomes = run_suites(con, suites)
    raised = {c.key: outcomes[c.key].error for c in contract.criteria if c.key in outcomes and outcomes[c.key].error}
    if raised:
        blocked |= {key: f"it raised an error: {error}" for key, error in raised.items()}
        _withdraw(con, contract, raised)
        counts = _count(con, contract, blocked)
    _prove_equal(counts, outcomes)
    verdict_sql = _verdict_sql(contract, as_of)
    tally = con.execute(f"select verdict, count(*) from ({verdict_sql}) group by verdict").fetchall()
    verdicts = {READY: 0, DEFECTIVE: 0, UNEVALUABLE: 0} | {str(name): int(count) for name, count in tally}
    result_sql = _result_sql(counts, as_of)
    return InspectionResult(con, inspected, verdicts, counts, outcomes, verdict_sql, result_sql)


def criteria_hash_sql(contract: Contract, zone: ZoneInfo) -> str:
    """SQL: the hash of the criteria in force at a subject's `handed_off_at`."""
    later = [epoch for epoch in epochs(contract, zone) if epoch.starts_at is not None]
    first = epochs(contract, zone)[0]
    whens = (
        f"when {HANDED_OFF_AT} >= {instant(epoch.starts_at)} then {quote(epoch.criteria_hash)}"
        for epoch in reversed(later)
        if epoch.starts_at is not None
    )
    return f"case {' '.join(whens)} else {quote(first.criteria_hash)} end"


def _columns(con: duckdb.DuckDBPyConnection, subjects: str) -> dict[str, str]:
    """The relation's columns and their types."""
    try:
        rows = con.execute(f"describe select * from {subjects}").fetchall()
    except duckdb.Error as error:
        raise SubjectsError(f"{subjects} cannot be read; build int_inspection_subjects first: {error}") from error
    columns = {str(row[0]): str(row[1]) for row in rows}
    for column, kind in KEY_COLUMNS.items():
        if kind_of(columns.get(column, "")) != kind:
            found = columns.get(column, "missing")
            raise SubjectsError(f"{subjects}.{column} is {found}; int_inspection_subjects must give a {kind}")
    return columns


def _blocked(contract: Contract, columns: Mapping[str, str]) -> dict[str, str]:
    """The criteria that cannot be evaluated for anyone, with the reason, by key."""
    reasons: dict[str, str] = {}
    for criterion in contract.criteria:
        needed = dict(criterion.check.kinds())
        if criterion.segments:
            needed[SEGMENT] = ("text",)
        for column, kinds in needed.items():
            if column not in columns:
                reasons[criterion.key] = f"column {column} is missing"
            elif kind_of(columns[column]) not in kinds:
                reasons[criterion.key] = f"column {column} is {columns[column]}, not a {' or '.join(kinds)}"
    return reasons


def answer(
    con: duckdb.DuckDBPyConnection, contract: Contract, subjects: str, zone: ZoneInfo, table: str
) -> dict[str, str]:
    """Write `table`: the rows of `subjects` with what the checks read and one answer column per criterion
    (`answer_column`: 1 passes, 0 fails, 2 could not be evaluated, null does not apply).

    Returns the criteria that could not be evaluated for anyone, with the reason, by key.
    """
    con.execute(f"attach if not exists ':memory:' as {_CATALOG}")
    columns = _columns(con, subjects)
    blocked = _blocked(contract, columns)
    try:
        con.execute(_judged_sql(contract, subjects, zone, blocked, columns, table))
    except duckdb.Error:
        broken = _raising(con, contract, subjects, blocked, columns)
        if not broken:
            raise
        blocked |= broken
        con.execute(_judged_sql(contract, subjects, zone, blocked, columns, table))
    return blocked


def _judged_sql(
    contract: Contract,
    subjects: str,
    zone: ZoneInfo,
    blocked: Mapping[str, str],
    columns: Mapping[str, str],
    table: str,
) -> str:
    answers = [
        f"{outcome(criterion, _scope(criterion, zone, columns), criterion.key in blocked)} as {answer_column(index)}"
        for index, criterion in enumerate(contract.criteria)
    ]
    hashed = f"{criteria_hash_sql(contract, zone)} as contract_hash"
    batch = _batch_sql(contract, subjects, columns)
    return f"create or replace table {table} as select *, {hashed}, {', '.join(answers)} from ({batch})"


def _scope(criterion: Criterion, zone: ZoneInfo, columns: Mapping[str, str]) -> Scope:
    scope = Scope.of(criterion, zone)
    return scope if SEGMENT in columns else Scope(scope.starts_at, scope.ends_at, ())


def _batch_sql(contract: Contract, subjects: str, columns: Mapping[str, str]) -> str:
    """The columns that are needed, with blank texts and not-a-number as what they are: absent."""
    used = {column for criterion in contract.criteria for column in criterion.check.columns()} | {SEGMENT}
    wanted = [*KEY_COLUMNS, *TRACE_COLUMNS, *sorted(used & CRITERION_COLUMNS.keys() - KEY_COLUMNS.keys())]
    selected = [_normalised(column, columns[column]) for column in wanted if column in columns]
    absent = [f"null as {column}" for column in TRACE_COLUMNS if column not in columns]
    return f"select {', '.join([*selected, *absent])} from {subjects}"


def _normalised(column: str, column_type: str) -> str:
    if column in KEY_COLUMNS or column in TRACE_COLUMNS:
        return column
    if kind_of(column_type) == "text":
        return f"{present_text(column)} as {column}"
    if column_type in ("DOUBLE", "FLOAT"):
        return f"case when not isnan({column}) then {column} end as {column}"
    return column


def _raising(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    subjects: str,
    blocked: Mapping[str, str],
    columns: Mapping[str, str],
) -> dict[str, str]:
    """The criteria whose check raises an error on these rows, found one by one."""
    batch = _batch_sql(contract, subjects, columns)
    raising: dict[str, str] = {}
    for criterion in contract.criteria:
        if criterion.key in blocked:
            continue
        try:
            con.execute(f"select count(*) filter ({predicate(criterion.check)}) from ({batch})").fetchall()
        except duckdb.Error as error:
            raising[criterion.key] = f"it raised an error: {error}"
    return raising


def answer_column(index: int) -> str:
    """The column in which the criterion at a place of the contract is answered."""
    return f"answer_{index}"


def _withdraw(con: duckdb.DuckDBPyConnection, contract: Contract, keys: Mapping[str, object]) -> None:
    """Turn every answer to the criteria `keys` into `could not be evaluated`."""
    for index, criterion in enumerate(contract.criteria):
        if criterion.key in keys:
            con.execute(f"update {_JUDGED} set {answer_column(index)} = 2 where {answer_column(index)} is not null")


def _count(
    con: duckdb.DuckDBPyConnection, contract: Contract, blocked: Mapping[str, str]
) -> tuple[CriterionCount, ...]:
    columns = [
        f"count({a}), count(*) filter ({a} = 0), count(*) filter ({a} = 2)"
        for a in (answer_column(index) for index in range(len(contract.criteria)))
    ]
    row = con.execute(f"select {', '.join(columns)} from {_JUDGED}").fetchall()[0]
    return tuple(
        CriterionCount(criterion, *(int(n) for n in row[3 * i : 3 * i + 3]), reason=blocked.get(criterion.key))
        for i, criterion in enumerate(contract.criteria)
    )


def _prove_equal(counts: Sequence[CriterionCount], outcomes: Mapping[str, Outcome]) -> None:
    """Raise LedgerMismatchError where Great Expectations counted other than the ledger."""
    differ: list[str] = []
    for count in counts:
        outcome = outcomes.get(count.criterion.key)
        if outcome is None or outcome.error is not None:
            continue
        found = failures(count.criterion, outcome)
        if found != count.failed:
            differ.append(f"{count.criterion.key}: Great Expectations {found} failing, ledger {count.failed}")
    if differ:
        raise LedgerMismatchError("the counts differ, nothing was recorded: " + "; ".join(differ))


def _verdict_sql(contract: Contract, as_of: datetime) -> str:
    answers = [answer_column(index) for index in range(len(contract.criteria))]

    def number(answer: int) -> str:
        return " + ".join(f"coalesce(cast({a} = {answer} as integer), 0)" for a in answers)

    return f"""
        select
            lead_id, {_as_of(as_of)} as inspected_at, cast(handed_off_at as timestamp) as handed_off_at,
            {quote(contract.version)} as contract_version, contract_hash, subject_hash,
            case
                when defects > 0 then {quote(DEFECTIVE)}
                when unevaluable > 0 or passed = 0 then {quote(UNEVALUABLE)}
                else {quote(READY)}
            end as verdict,
            cast(passed + defects as integer) as criteria_evaluated,
            cast(defects as integer) as defects, cast(unevaluable as integer) as unevaluable,
            cast(source_file as varchar) as source_file, cast(source_line as bigint) as source_line
        from (select *, {number(1)} as passed, {number(0)} as defects, {number(2)} as unevaluable from {_JUDGED})"""


def _result_sql(counts: Sequence[CriterionCount], as_of: datetime) -> str:
    parts = [
        f"""
        select
            lead_id, {_as_of(as_of)} as inspected_at, {quote(c.criterion.code)} as criterion_code,
            cast({c.criterion.version} as integer) as criterion_version,
            case {answer_column(index)} when 0 then {quote(FAIL)} else {quote(UNEVALUABLE)} end as result,
            {quote(c.reason) if c.reason else observed(c.criterion.check)} as observed,
            {quote(c.criterion.severity)} as severity, {quote(c.criterion.owner)} as owner,
            {quote(c.criterion.reason_category)} as reason_category,
            {_cost_sql(c.criterion)},
            cast(source_file as varchar) as source_file, cast(source_line as bigint) as source_line
        from {_JUDGED} where {answer_column(index)} in (0, 2)"""
        for index, c in enumerate(counts)
        if c.failed or c.unevaluable
    ]
    return " union all ".join(parts) if parts else _no_results()


def _cost_sql(criterion: Criterion) -> str:
    """The criterion's cost rule as the log's columns."""
    types = {**_COST_TYPES, "cost_lead": "boolean", "cost_team": "varchar"}
    values = asdict(flatten(criterion.cost_rule))
    literals = {
        column: "null" if value is None else quote(float(value) if isinstance(value, Decimal) else value)
        for column, value in values.items()
    }
    return ", ".join(f"cast({literals[column]} as {types[column]}) as {column}" for column in values)


def _no_results() -> str:
    types = {"inspected_at": "timestamp", "criterion_version": "integer", "source_line": "bigint"}
    types |= {"cost_lead": "boolean", **_COST_TYPES}
    columns = (f"cast(null as {types.get(field, 'varchar')}) as {field}" for field in RESULT_SCHEMA.names)
    return f"select {', '.join(columns)} where false"


def _as_of(as_of: datetime) -> str:
    return instant(as_of.astimezone(UTC).replace(tzinfo=None))


def _scalar(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])
