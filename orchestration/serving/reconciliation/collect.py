"""Read a week's reconciliation from the served copy.

Belongs here: the queries. Does not belong here: layout, or what counts as a gap (`fct_reconciliation_records`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from orchestration.errors import AndonError

CLAIMED = "platform_conversions_to_leads"
"""What platforms claim, in sums: its gaps have no records behind them."""
JOINTS = (
    "platform_clicks_to_clicks",
    "clicks_to_form_fills",
    "form_fills_to_leads",
    CLAIMED,
    "leads_to_handed_off",
    "handed_off_to_pipeline",
)
REASONS = ("duplicate", "bot", "internal", "late", "deleted", "elsewhere", "stayed", "unexplained")


@dataclass(frozen=True)
class Joint:
    """Two neighbouring counts of a week; `left` and `right` count what the other side lacks, by reason."""

    left_stage: str
    right_stage: str
    left_count: int
    right_count: int
    matched: int
    left: dict[str, int]
    right: dict[str, int]


@dataclass(frozen=True)
class GapRecord:
    """A record that one side counts and the other does not, in words; `place` is its file and line."""

    joint: str
    side: str
    reason: str
    record_id: str
    records: int
    detail: str
    place: str


@dataclass(frozen=True)
class Reconciliation:
    """A week's joints, in the order of the chain, and the records behind their gaps (`left_out` more are not read)."""

    week: date
    scope: str
    joints: tuple[Joint, ...]
    records: tuple[GapRecord, ...]
    left_out: int


class NothingToReconcileError(AndonError):
    """The published marts hold no record of that week and scope."""


def collect_reconciliation(
    con: duckdb.DuckDBPyConnection,
    week: date,
    *,
    source: str | None = None,
    campaign: str | None = None,
    joint: str | None = None,
    limit: int = 50,
) -> Reconciliation:
    """The chain of `week` (a Monday), of all sources or one, with up to `limit` records.

    Raises NothingToReconcileError when nothing was counted there.
    """
    given = {"source": source, "campaign_id": campaign, "joint": joint}
    chosen = {column: value for column, value in given.items() if value is not None}
    where = " AND ".join(["week_start = ?", *(f"{column} = ?" for column in chosen)])
    values = [week, *chosen.values()]
    scope = ", ".join(f"{column.removesuffix('_id')} {value}" for column, value in chosen.items()) or "all sources"
    joints = _joints(con, where, values)
    if not joints:
        known = _rows(con, "SELECT DISTINCT source FROM marts.fct_source_reconciliation ORDER BY 1", [])
        names = ", ".join(row["source"] for row in known) or "none: run `andon run` first"
        raise NothingToReconcileError(
            f"Nothing was counted in the week of {week} for {scope}. Sources that were counted: {names}; joints: "
            f"{', '.join(JOINTS)}."
        )
    records = _rows(con, f"{_RECORDS} AND {where} ORDER BY {_ORDER} LIMIT {int(limit)}", values)
    [total] = _rows(con, f"SELECT count(*) AS rows FROM ({_RECORDS} AND {where})", values)
    return Reconciliation(week, scope, joints, tuple(map(_gap_record, records)), total["rows"] - len(records))


def _joints(con: duckdb.DuckDBPyConnection, where: str, values: Sequence[Any]) -> tuple[Joint, ...]:
    sums = ", ".join(f"sum({side}_{reason}) AS {side}_{reason}" for side in ("left", "right") for reason in REASONS)
    rows = _rows(
        con,
        f"SELECT joint, left_stage, right_stage, sum(left_count) AS left_count, sum(right_count) AS right_count,"
        f" sum(matched) AS matched, {sums} FROM marts.fct_source_reconciliation WHERE {where} GROUP BY ALL",
        values,
    )
    rows.sort(key=lambda row: JOINTS.index(row["joint"]))
    return tuple(
        Joint(
            left_stage=row["left_stage"],
            right_stage=row["right_stage"],
            left_count=int(row["left_count"]),
            right_count=int(row["right_count"]),
            matched=int(row["matched"]),
            left={reason: int(row[f"left_{reason}"]) for reason in REASONS},
            right={reason: int(row[f"right_{reason}"]) for reason in REASONS},
        )
        for row in rows
    )


def _gap_record(row: dict[str, Any]) -> GapRecord:
    line = "" if row["source_line"] is None else f":{row['source_line']}"
    return GapRecord(
        joint=row["joint"],
        side=row["side"],
        reason=row["reason"],
        record_id=row["record_id"],
        records=row["records"],
        detail=row["detail"] or "",
        place=f"{row['source_file'] or ''}{line}",
    )


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    result = con.execute(query, values)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


_RECORDS = "SELECT * FROM marts.fct_reconciliation_records WHERE reason <> 'matched'"
_ORDER = f"list_position({list(JOINTS)}, joint), side, list_position({list(REASONS)}, reason), occurred_at, record_id"
