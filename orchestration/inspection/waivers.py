# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Waivers: a defect that a role of the plan lets stand for a reason, until a day.

Belongs here: what may be said about a defect, and its append-only log in the lake. Does not belong here: what state a
waiver gives a defect (dbt: `int_defect_waivers`, `lead_defects`).

A waiver never changes a verdict: the lead was handed off as it was, and its cost was spent. It says that nobody needs
to act on the defect. It takes effect in the runs that look from a later instant, and ends by itself.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from expectations.ledger import WAIVER_SCHEMA
from orchestration.errors import AndonError
from orchestration.ingest.lake import naive_utc, own_folder, write_parquet
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

WAIVERS = "defect_waivers"
Action = Literal["waive", "withdraw"]


class WaiverError(AndonError):
    """What was to be said about a defect cannot be: names the remedy."""


@dataclass(frozen=True)
class Waiver:
    """One thing said about a defect, at `recorded_at` (aware)."""

    lead_id: str
    criterion_code: str
    action: Action
    by_role: str
    reason: str
    until: date | None
    recorded_at: datetime


def say(settings: Settings, waiver: Waiver) -> str:
    """Append `waiver` to the log and return its id; the same thing said again at the same instant is one entry.

    Raises WaiverError when lead, defect or role are not known, or when it could not take effect.
    """
    problems = _problems(settings, waiver)
    if problems:
        raise WaiverError("\n".join(problems))
    moment = naive_utc(waiver.recorded_at)
    content = (
        f"{waiver.lead_id}|{waiver.criterion_code}|{waiver.action}|{waiver.by_role}|{waiver.reason}|{waiver.until}"
    )
    waiver_id = f"{moment:%Y%m%dT%H%M%S.%fZ}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    row = {
        "waiver_id": waiver_id,
        "lead_id": waiver.lead_id,
        "criterion_code": waiver.criterion_code,
        "action": waiver.action,
        "by_role": waiver.by_role,
        "reason": waiver.reason,
        "until": waiver.until,
        "recorded_at": moment,
    }
    folder = own_folder(settings, WAIVERS) / f"recorded_on={moment.date()}"
    write_parquet(folder / f"{waiver_id}.parquet", pa.Table.from_pylist([row], schema=WAIVER_SCHEMA))
    return waiver_id


def said(settings: Settings) -> list[dict[str, Any]]:
    """Everything said so far, the latest last; rows of WAIVER_SCHEMA."""
    folder = own_folder(settings, WAIVERS)
    if not any(folder.glob("**/*.parquet")):
        return []
    with duckdb.connect() as con:
        table = con.execute(f"select * from {_log(folder)} order by recorded_at, waiver_id").to_arrow_table()
    return table.to_pylist()


def _problems(settings: Settings, waiver: Waiver) -> list[str]:
    problems: list[str] = []
    with open_served(settings) as con:
        owners = _column(con, "select owner_id from marts.dim_owner where owner_kind = 'role' order by 1")
        known = _column(con, "select lead_id from marts.fct_leads where lead_id = ?", waiver.lead_id)
        standing = con.execute(
            "select criterion_code, state from marts.lead_defects where lead_id = ? order by 1", [waiver.lead_id]
        ).fetchall()
    if waiver.by_role not in owners:
        problems.append(f"{waiver.by_role} is not a role of the plan: use one of {', '.join(owners)}")
    if not waiver.reason.strip():
        problems.append("a waiver needs a reason: say why with --why")
    if not known:
        problems.append(f"no lead {waiver.lead_id}: give the id as the CRM has it, of the surviving lead when merged")
    else:
        problems += _defect_problems(waiver, dict(standing))
    today = waiver.recorded_at.astimezone(settings.zone).date()
    if waiver.action == "waive" and (waiver.until is None or waiver.until < today):
        problems.append(f"until {waiver.until} is before {today}, so it would never be in force: give a later day")
    return problems


def _defect_problems(waiver: Waiver, states: dict[str, str]) -> list[str]:
    code, lead = waiver.criterion_code, waiver.lead_id
    if code not in states:
        has = f"its defects are {', '.join(states)}" if states else "it has no defect"
        return [f"lead {lead} has no defect {code}: {has}"]
    if waiver.action == "waive" and states[code] == "fixed":
        return [f"{code} of lead {lead} is fixed: there is nothing to waive"]
    return []


def _column(con: duckdb.DuckDBPyConnection, query: str, *values: str) -> list[str]:
    return [str(value) for (value,) in con.execute(query, list(values)).fetchall()]


def _log(folder: Path) -> str:
    pattern = str(folder / "**" / "*.parquet").replace("'", "''")
    return f"read_parquet('{pattern}', hive_partitioning = false, union_by_name = true)"
