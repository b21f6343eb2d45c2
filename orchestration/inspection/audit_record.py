# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
"""Recording a filled-in audit sheet: all of it, or nothing and every problem with its line and column.

Belongs here: reading and checking the sheet, and its append-only log. Does not belong here: drawing (`audit_draw.py`).
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from orchestration.control.append_log import AppendLog, Entry
from orchestration.ingest.lake import EMPTY_FILE, own_folder
from orchestration.inspection.audit_draw import AuditError
from orchestration.inspection.audit_schemas import (
    AUDIT_DRAW_SCHEMA,
    AUDIT_DRAWS,
    AUDIT_RESULT_SCHEMA,
    AUDIT_RESULTS,
)
from orchestration.partitions import business_date
from orchestration.serving.inert import csv_cell
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

VERDICTS = ("ready", "defective", "cannot_tell")
REQUIRED = ("audit_id", "lead_id", "verdict", "audited_by", "audited_on")
_SAID = ("audit_id", "audited_by", "verdict", "audited_on", "note")


@dataclass(frozen=True)
class Recorded:
    """What `record_audit` did: rows added, rows that stood already, rows left blank."""

    added: int
    known: int
    blank: int


def record_audit(settings: Settings, file: Path, at: datetime) -> Recorded:
    """Record the sheet's answers, given at `at` (aware); what was recorded before is not recorded twice.

    A row without a verdict is left for later; another verdict of the same auditor replaces the earlier one. Raises
    AuditError with every problem, and then records nothing.
    """
    try:
        content = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AuditError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise AuditError(f"{file}: byte {error.start} is not UTF-8; save the sheet as CSV UTF-8") from None
    try:
        lines = list(_lines(content))
    except csv.Error as error:
        raise AuditError(f"{file}: is no CSV ({error}); save the sheet as CSV UTF-8") from None
    _refuse(file, _header_problems(lines))
    drawn = _drawn(settings)
    with open_served(settings) as con:
        query = "select owner_id from marts.dim_owner where owner_kind = 'role' order by 1"
        roles = [str(role) for (role,) in con.execute(query).fetchall()]
    today = business_date(at, settings.zone)
    header = lines[0][1]
    rows = [(line, dict(zip(header, cells, strict=False)), cells) for line, cells in lines[1:] if any(cells)]
    answered = [(line, row) for line, row, _ in rows if row.get("verdict", "").strip()]
    problems = [f"{line}: has {len(cells)} cells for {len(header)} columns" for line, _, cells in rows
                if len(cells) != len(header)]  # fmt: skip
    problems += [problem for line, row in answered for problem in _row_problems(line, row, drawn, roles, today)]
    problems += list(_repeated(answered))
    _refuse(file, problems)
    return _append(settings, file, answered, at, blank=len(rows) - len(answered))


def _append(
    settings: Settings, file: Path, answered: list[tuple[int, dict[str, str]]], at: datetime, blank: int
) -> Recorded:
    log = AppendLog(settings, AUDIT_RESULTS, AUDIT_RESULT_SCHEMA, at="recorded_at")
    new: list[Entry] = []
    with log.locked():
        standing = {(row["audit_id"], row["audited_by"]): tuple(row[name] for name in _SAID) for row in log.entries()}
        for line, row in answered:
            said: Entry = {
                "audit_id": row["audit_id"].strip(),
                "verdict": row["verdict"].strip(),
                "audited_by": row["audited_by"].strip(),
                "audited_on": date.fromisoformat(row["audited_on"].strip()),
                "note": row.get("note", "").strip(),
            }
            if standing.get((said["audit_id"], said["audited_by"])) != tuple(said[name] for name in _SAID):
                new.append(said | {"source_file": file.name, "source_line": line})
        if new:
            log.append(*new, instant=at)
    return Recorded(len(new), len(answered) - len(new), blank)


def _drawn(settings: Settings) -> dict[str, dict[str, Any]]:
    """The drawn leads by their audit_id."""
    files = [str(path) for path in own_folder(settings, AUDIT_DRAWS).glob("*.parquet") if path.name != EMPTY_FILE]
    if not files:
        return {}
    rows = ds.dataset(files, schema=AUDIT_DRAW_SCHEMA, format="parquet").to_table().to_pylist()
    return {row["audit_id"]: row for row in rows}


def _lines(content: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each record begins, and its cells."""
    reader = csv.reader(io.StringIO(content, newline=""))
    begin = 1
    for cells in reader:
        yield begin, cells
        begin = reader.line_num + 1


def _header_problems(lines: list[tuple[int, list[str]]]) -> list[str]:
    header = lines[0][1] if lines else []
    missing = [name for name in REQUIRED if name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    problems = [f"1: {name}: the column is missing; keep the sheet's header" for name in missing]
    return problems + [f"1: {name}: the column is there twice; remove one" for name in twice]


def _row_problems(
    line: int, row: dict[str, str], drawn: dict[str, dict[str, Any]], roles: list[str], today: date
) -> Iterator[str]:
    cell = {name: row.get(name, "").strip() for name in REQUIRED}
    draw = drawn.get(cell["audit_id"])
    if draw is None:
        yield f"{line}: audit_id: {cell['audit_id']!r} was not drawn; `andon audit draw` writes the sheet again"
    elif cell["lead_id"] not in (draw["lead_id"], csv_cell(draw["lead_id"])):
        yield f"{line}: lead_id: {cell['lead_id']!r} is not the lead of {cell['audit_id']}, {draw['lead_id']!r}"
    if cell["verdict"] not in VERDICTS:
        yield f"{line}: verdict: {cell['verdict']!r}; write one of {', '.join(VERDICTS)}, or leave it empty"
    if cell["audited_by"] not in roles:
        yield f"{line}: audited_by: {cell['audited_by']!r} is not a role of the plan; use one of {', '.join(roles)}"
    try:
        day = date.fromisoformat(cell["audited_on"])
    except ValueError:
        yield f"{line}: audited_on: {cell['audited_on']!r} is no day; write it as {today.isoformat()}"
        return
    if day > today:
        yield f"{line}: audited_on: {day} is after {today}; write the day of the audit"
    elif draw is not None and day < draw["week_start"]:
        yield f"{line}: audited_on: {day} is before the week of {draw['week_start']}; write the day of the audit"


def _repeated(answered: list[tuple[int, dict[str, str]]]) -> Iterator[str]:
    first: dict[tuple[str, str], int] = {}
    for line, row in answered:
        key = (row.get("audit_id", "").strip(), row.get("audited_by", "").strip())
        if first.setdefault(key, line) != line:
            yield f"{line}: audit_id: {key[0]} was answered by {key[1]} on line {first[key]} already; keep one"


def _refuse(file: Path, problems: list[str]) -> None:
    if problems:
        told = "\n".join(f"{file}:{problem}" for problem in problems)
        raise AuditError(f"{told}\nnothing was recorded")
