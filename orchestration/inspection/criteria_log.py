# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false
"""The criteria as recorded in the lake: what stands in the document, and what has judged leads so far.

Belongs here: reading and writing that record. Does not belong here: the rule that a version which has judged leads
stays as it is (`expectations/contract_rules.py`).
"""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.contract import criteria_table
from expectations.contract_rules import InUse, Past
from expectations.document import Contract
from expectations.ledger import CRITERIA_SCHEMA
from orchestration.ingest.lake import naive_utc, own_folder, write_atomically, write_parquet
from orchestration.settings import Settings

CRITERIA = "criteria"
DOCUMENTS = "criteria_documents"


def record_criteria(settings: Settings, contract: Contract, as_of: datetime) -> None:
    """Write the contract as a table, when it differs from what is there. A version that has judged leads keeps the hash
    of how it first did, and stays when the document drops it."""
    recorded = {_key(row): row for row in _recorded(settings)}
    judged = past(settings).judged_through
    stated = {_key(row): row for row in criteria_table(contract).to_pylist()}
    rows = [_merged(row, recorded.get(key), judged, as_of) for key, row in stated.items()]
    rows += [row for key, row in recorded.items() if key not in stated and row["in_use_since"] is not None]
    if rows != list(recorded.values()):
        write_parquet(_file(settings), pa.Table.from_pylist(rows, schema=CRITERIA_SCHEMA))


def record_document(settings: Settings, version: str) -> None:
    """Keep the criteria file as it stands, so that its version can be compared with later ones."""
    content = settings.criteria_file.read_bytes()
    name = f"{quote(version, safe='')}@{hashlib.sha256(content).hexdigest()[:8]}.yml"
    path = own_folder(settings, DOCUMENTS) / name
    if not path.exists():
        write_atomically(path, lambda file: file.write(content))


def recorded_documents(settings: Settings) -> dict[str, list[Path]]:
    """The criteria files that were in use, by the version that they give themselves."""
    found: dict[str, list[Path]] = {}
    for path in sorted(own_folder(settings, DOCUMENTS).glob("*.yml")):
        found.setdefault(unquote(path.name.rpartition("@")[0]), []).append(path)
    return found


def past(settings: Settings) -> Past:
    """What was judged so far; nothing on an installation that has not inspected yet."""
    in_use = tuple(
        InUse(row["criterion_code"], row["criterion_version"], row["judged_by"], row["valid_from"], row["valid_to"])
        for row in _recorded(settings)
        if row["in_use_since"] is not None
    )
    return Past(in_use, _judged_through(settings))


def _merged(row: dict[str, Any], before: dict[str, Any] | None, judged: date | None, as_of: datetime) -> dict[str, Any]:
    since = before["in_use_since"] if before else None
    if before is not None and since is not None:
        return {**row, "in_use_since": min(since, naive_utc(as_of)), "judged_by": before["judged_by"]}
    is_used = judged is not None and row["valid_from"] <= judged
    return {**row, "in_use_since": naive_utc(as_of) if is_used else None}


def _key(row: dict[str, Any]) -> tuple[str, int]:
    return row["criterion_code"], row["criterion_version"]


def _file(settings: Settings) -> Path:
    return own_folder(settings, CRITERIA) / f"{CRITERIA}.parquet"


def _recorded(settings: Settings) -> list[dict[str, Any]]:
    if not _file(settings).exists():
        return []
    rows = pq.read_table(_file(settings)).to_pylist()
    return [{name: row.get(name) for name in CRITERIA_SCHEMA.names} for row in rows]


def _judged_through(settings: Settings) -> date | None:
    """The business day of the latest handoff that has a verdict."""
    folder = own_folder(settings, "lead_verdicts")
    if not folder.exists():
        return None
    with duckdb.connect() as con:
        log = str(folder / "**" / "*.parquet").replace("'", "''")
        [(latest,)] = con.execute(f"select max(handed_off_at) from read_parquet('{log}')").fetchall()
    return latest.replace(tzinfo=UTC).astimezone(settings.zone).date() if latest else None
