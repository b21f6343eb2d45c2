"""The sources that the models declare are what the ingest and the logs' writers declare, column by column."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from expectations.ledger import CRITERIA_SCHEMA
from orchestration.ingest.contracts import FEEDS, REJECT_SCHEMA, RUN_CONTEXT_SCHEMA
from orchestration.ingest.lake import OWN_TABLES
from orchestration.ingest.plan_tables import PLAN_TABLES
from orchestration.settings import DBT_PROJECT

SQL_TYPES: dict[pa.DataType, str] = {
    pa.string(): "varchar",
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us"): "timestamp",
    pa.decimal128(18, 2): "decimal(18,2)",
    pa.decimal128(18, 4): "decimal(18,4)",
}


def declared_tables() -> dict[tuple[str, str], dict[str, Any]]:
    """Every source table of the project, by (source, table)."""
    files = sorted(Path(DBT_PROJECT / "models" / "staging").rglob("*__sources.yml"))
    sources = [source for file in files for source in yaml.safe_load(file.read_text())["sources"]]
    return {(source["name"], table["name"]): table for source in sources for table in source["tables"]}


def columns(table: dict[str, Any]) -> dict[str, str]:
    return {column["name"]: column["data_type"] for column in table["columns"]}


def as_declared(schema: pa.Schema) -> dict[str, str]:
    return {field.name: SQL_TYPES[field.type] for field in schema}


@pytest.mark.parametrize("feed", [*FEEDS, *PLAN_TABLES], ids=lambda feed: feed.name)
def test_a_feeds_source_has_the_contracts_columns_and_types(feed: Any) -> None:
    table = declared_tables()[(feed.system, feed.table)]
    assert {name: kind for name, kind in columns(table).items() if name != "landed_on"} == as_declared(feed.lake_schema)


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_a_feeds_source_is_due_as_often_as_its_contract_says(feed: Any) -> None:
    assert declared_tables()[(feed.system, feed.table)]["config"]["meta"]["cadence"] == feed.cadence


def test_the_lines_own_tables_have_their_writers_columns_and_types() -> None:
    written = {("andon", table.name): as_declared(table.schema()) for table in OWN_TABLES}
    written[("andon", "run_context")] = as_declared(RUN_CONTEXT_SCHEMA)
    written[("andon", "criteria")] = as_declared(CRITERIA_SCHEMA)
    written[("rejects", "rejected_rows")] = as_declared(REJECT_SCHEMA)
    found = {key: columns(table) for key, table in declared_tables().items() if key[0] in ("andon", "rejects")}
    assert found == written


def test_every_feed_that_is_declared_is_modelled_and_nothing_else() -> None:
    modelled = {key for key in declared_tables() if key[0] not in ("andon", "rejects")}
    assert modelled == {(feed.system, feed.table) for feed in (*FEEDS, *PLAN_TABLES)}
