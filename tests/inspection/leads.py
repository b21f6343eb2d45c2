"""Small worlds to inspect: criteria from plain values, subjects from dicts, a warehouse file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from expectations.document import Contract
from expectations.subjects import CRITERION_COLUMNS, KEY_COLUMNS, TRACE_COLUMNS

ZONE = ZoneInfo("America/New_York")
AS_OF = datetime(2025, 9, 1, 10, tzinfo=UTC)
HANDED_OFF = datetime.fromisoformat("2025-06-02T15:00")
_TYPES = {"text": "varchar", "number": "double", "bool": "boolean", "timestamp": "timestamp"}


def at(instant: str) -> datetime:
    """A naive instant, which in the warehouse means UTC."""
    return datetime.fromisoformat(instant)


def criterion(check: Mapping[str, Any], code: str = "rule", **other: Any) -> dict[str, Any]:
    """One criterion of the document, in force since 2025 unless said otherwise."""
    return {
        "code": code,
        "version": 1,
        "title": "A rule",
        "check": dict(check),
        "severity": "major",
        "owner": "marketing_ops",
        "reason_category": "wrong_segment",
        "valid_from": "2025-01-01",
        **other,
    }


def contract_of(*criteria: Mapping[str, Any], version: str = "1") -> Contract:
    return Contract.model_validate({"version": version, "title": "Test", "criteria": list(criteria)})


def create_subjects(
    con: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]], relation: str = "subjects", without: str = ""
) -> str:
    """Create `relation` with the subject's columns (but `without`) and `rows`; what a row leaves out is null."""
    kinds = {**KEY_COLUMNS, **CRITERION_COLUMNS, **TRACE_COLUMNS}
    columns = {name: _TYPES[kind] for name, kind in kinds.items() if name != without}
    con.execute(f"create or replace table {relation} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    marks = ", ".join("?" for _ in columns)
    filled = [_with_keys(number, row) for number, row in enumerate(rows)]
    if filled:
        con.executemany(f"insert into {relation} values ({marks})", [[row.get(n) for n in columns] for row in filled])
    return relation


def _with_keys(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"lead_id": f"L{number}", "handed_off_at": HANDED_OFF, "subject_hash": f"h{number}", "segment": "enterprise"}
    return {**keys, "source_file": "crm/leads/leads_2025-06-01.csv", "source_line": number + 2, **row}


def create_warehouse(path: Path, rows: Sequence[Mapping[str, Any]], without: str = "") -> None:
    """A warehouse file with the intermediate models that the inspection reads."""
    with duckdb.connect(str(path)) as con:
        con.execute("create schema if not exists intermediate")
        con.execute("use intermediate")
        create_subjects(con, rows, "int_inspection_subjects", without)
        con.execute("create or replace table int_leads as select lead_id from int_inspection_subjects")
        con.execute("create or replace table int_accounts (account_id varchar)")
        con.execute("create or replace table int_opportunities (opportunity_id varchar, currency varchar)")
        con.execute(
            "create or replace table int_ad_spend (platform varchar, account_id varchar, campaign_id varchar,"
            " spend_date date, currency varchar)"
        )
