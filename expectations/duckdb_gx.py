"""Great Expectations on DuckDB: the dialect it lacks, and a session narrow enough to be typed.

Belongs here: every import of Great Expectations and SQLAlchemy. Does not belong here: what is expected
(`suites.py`, `structural.py`). Import this module only when there is something to run: it takes 3 seconds.

Great Expectations closes its connection before it fetches, which a DuckDB connection does not survive. So each
statement gets a cursor of its own, and the session closes them all at its end: nothing it opened outlives it.
"""

from types import TracebackType
from typing import Any, cast

import duckdb
import duckdb_engine
import great_expectations as gx
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_in_set import ExpectColumnValuesToNotBeInSet
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation as GxExpectation
from great_expectations.expectations.row_conditions import Column
from sqlalchemy.dialects import registry

from expectations.suites import Expectation, Outcome, Suite

DIALECT = "duckdb.gx"
# One count per expectation and no sample rows: every failing row is in the ledger, samples here are capped anyway.
_COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
_URL = f"{DIALECT.replace('.', '+')}:///:memory:"


class GxDialect(duckdb_engine.Dialect):
    """DuckDB's dialect without transactions: every statement runs on a cursor of its own."""

    supports_statement_cache = False

    def do_begin(self, connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, connection: Any) -> None:
        pass


registry.register(DIALECT, __name__, GxDialect.__name__)


class _Connection:
    """What SQLAlchemy takes for a connection: hands out cursors and outlives its own closing."""

    def __init__(self, con: duckdb.DuckDBPyConnection, opened: list[duckdb.DuckDBPyConnection]) -> None:
        self._con = con
        self._opened = opened
        self.notices: list[str] = []

    def cursor(self) -> duckdb_engine.CursorWrapper:
        cursor = self._con.cursor()
        self._opened.append(cursor)
        return duckdb_engine.CursorWrapper(cursor, cast("Any", self))

    def close(self) -> None:
        pass


class FailingRows(UnexpectedRowsExpectation):
    """Counts the rows a query returns. The base class also fetches them, capped: twice the work for nothing here."""

    metric_dependencies = ("unexpected_rows_query.row_count",)

    def _validate(self, metrics: Any, runtime_configuration: Any = None, execution_engine: Any = None) -> Any:
        count = metrics["unexpected_rows_query.row_count"]
        return {"success": count == 0, "result": {"unexpected_count": count}}


class GxSession:
    """An ephemeral Great Expectations context over an open DuckDB connection; use as a context manager."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._opened: list[duckdb.DuckDBPyConnection] = []
        self._context = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = cast("Any", {"globally": False})
        self._source: Any = cast("Any", self._context.data_sources).add_sql(
            "warehouse",
            connection_string=_URL,
            create_temp_table=False,
            kwargs={"creator": lambda: _Connection(con, self._opened)},
        )

    def __enter__(self) -> "GxSession":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()
        for cursor in self._opened:
            cursor.close()

    def validate(self, suite: Suite) -> dict[str, Outcome]:
        """Run one suite inside the database; outcomes by expectation key.

        A relation that cannot be read makes every expectation about it one that could not be evaluated.
        """
        asset: Any = self._source.add_query_asset(suite.name, query=suite.query)
        try:
            batch: Any = asset.add_batch_definition_whole_table(suite.name).get_batch()
        except Exception as error:
            return {expectation.key: Outcome(0, error=str(error)) for expectation in suite.expectations}
        expectations = [_build(expectation) for expectation in suite.expectations]
        results: list[Any] = batch.validate(
            gx.ExpectationSuite(name=suite.name, expectations=expectations), result_format=_COUNTS_ONLY
        ).results
        return {result.expectation_config.meta["key"]: _outcome(result) for result in results}


def _outcome(result: Any) -> Outcome:
    """Read one result. An exception shows as `success=False, result={}`: only `exception_info` tells it apart."""
    error = _raised(result.exception_info)
    if error is not None or "unexpected_count" not in result.result:
        return Outcome(0, error=error or "Great Expectations counted nothing")
    counts = result.result
    return Outcome(
        failing=int(counts["unexpected_count"] or 0),
        looked_at=counts.get("element_count"),
        missing=counts.get("missing_count"),
    )


def _raised(info: dict[str, Any]) -> str | None:
    """The first exception's message: `info` describes one exception, or maps each metric to one."""
    described = [info] if "raised_exception" in info else list(info.values())
    messages = [str(item["exception_message"]) for item in described if item["raised_exception"]]
    return messages[0] if messages else None


def _build(expectation: Expectation) -> GxExpectation:
    common: dict[str, Any] = {
        "description": expectation.description,
        "severity": _SEVERITIES[expectation.severity],
        "meta": {"key": expectation.key, **expectation.meta},
    }
    if expectation.form == "failing_rows":
        where = (
            expectation.failing
            if expectation.scope is None
            else f"{expectation.scope.sql()} and ({expectation.failing})"
        )
        if expectation.query:
            query = "{batch}".join(_escaped(part) for part in expectation.query.split("{batch}"))
        else:
            # A value may read `{batch}` too: only the placeholder that stands here is one.
            query = f"select 1 from {{batch}} where {_escaped(where)}"
        return FailingRows(unexpected_rows_query=query, **common)
    common |= {"column": expectation.column, "row_condition": _row_condition(expectation)}
    if expectation.form == "not_null":
        return ExpectColumnValuesToNotBeNull(**common)
    if expectation.form == "between":
        return ExpectColumnValuesToBeBetween(min_value=expectation.minimum, max_value=expectation.maximum, **common)
    in_set = ExpectColumnValuesToBeInSet if expectation.form == "in_set" else ExpectColumnValuesToNotBeInSet
    return in_set(value_set=list(expectation.values), **common)


_SEVERITIES = {"critical": "critical", "major": "warning", "minor": "info"}


def _row_condition(expectation: Expectation) -> Any:
    scope = expectation.scope
    if scope is None:
        return None
    handed_off_at: Any = Column("handed_off_at")
    condition = handed_off_at >= scope.starts_at
    if scope.ends_at is not None:
        condition = condition & (handed_off_at < scope.ends_at)
    if scope.segments:
        condition = condition & Column("segment").is_in(scope.segments)
    return condition


def _escaped(sql: str) -> str:
    """SQL that survives Great Expectations' `str.format` and SQLAlchemy's `:name` parameters unchanged."""
    return sql.replace("{", "{{").replace("}", "}}").replace(":", "\\:")
