# pyright: reportUnknownParameterType=false, reportUnknownVariableType=false
"""What was told already, so that it is not told again: beside the outbox, written in the same transaction.

Belongs here: the tables of what was told and their change. Does not belong here: what is news (`ledger.py`).

Told once is told to all: which audience a defect belongs to follows from its owners, which are kept with it, so that
the owners of a defect that has vanished still hear of it.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

_SCHEMA = """
CREATE TABLE IF NOT EXISTS told_defects (
    lead_id TEXT NOT NULL,
    criterion_code TEXT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT,
    campaign_owner TEXT,
    PRIMARY KEY (lead_id, criterion_code)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told_problems (
    problem TEXT PRIMARY KEY,
    found TEXT NOT NULL,
    since TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told_marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_LAST = "as_of"


@dataclass(frozen=True)
class ToldProblem:
    """A problem that was told and not yet reported as resolved."""

    key: str
    found: str
    since: date


def prepare(con: sqlite3.Connection) -> None:
    """Make the tables if they are not there."""
    con.executescript(_SCHEMA)


def told_defects(con: sqlite3.Connection) -> pa.Table:
    """lead_id, criterion_code, state, owner, campaign_owner: one row per defect last told in that state."""
    rows = con.execute("SELECT lead_id, criterion_code, state, owner, campaign_owner FROM told_defects").fetchall()
    names = ("lead_id", "criterion_code", "state", "owner", "campaign_owner")
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def remember_defects(
    con: sqlite3.Connection, changed: Sequence[tuple[str, str, str, str, str]], gone: Iterable[tuple[str, str]]
) -> None:
    """Keep the rows in `changed` (as `told_defects` gives them) and forget those of `gone` (lead, criterion)."""
    con.executemany("INSERT OR REPLACE INTO told_defects VALUES (?, ?, ?, ?, ?)", changed)
    con.executemany("DELETE FROM told_defects WHERE lead_id = ? AND criterion_code = ?", gone)


def told_problems(con: sqlite3.Connection) -> dict[str, ToldProblem]:
    """The problems that were told and stand, by key."""
    rows = con.execute("SELECT problem, found, since FROM told_problems").fetchall()
    return {key: ToldProblem(key, found, date.fromisoformat(since)) for key, found, since in rows}


def remember_problems(con: sqlite3.Connection, standing: Mapping[str, ToldProblem]) -> None:
    """Keep exactly `standing`."""
    con.execute("DELETE FROM told_problems")
    rows = [(each.key, each.found, each.since.isoformat()) for each in standing.values()]
    con.executemany("INSERT INTO told_problems VALUES (?, ?, ?)", rows)


def told_as_of(con: sqlite3.Connection) -> datetime | None:
    """The as-of of the newest daily report; news only goes forward."""
    value = _mark(con, _LAST)
    return None if value is None else datetime.fromisoformat(value)


def remember_as_of(con: sqlite3.Connection, as_of: datetime) -> None:
    con.execute("INSERT OR REPLACE INTO told_marks VALUES (?, ?)", (_LAST, as_of.isoformat()))


def is_introduced(con: sqlite3.Connection, audience: str, channel: str) -> bool:
    """Whether the audience has had its first report, which tells all that stands."""
    return _mark(con, f"introduced:{channel}:{audience}") is not None


def introduce(con: sqlite3.Connection, audience: str, channel: str, as_of: datetime) -> None:
    name = f"introduced:{channel}:{audience}"
    con.execute("INSERT OR IGNORE INTO told_marks VALUES (?, ?)", (name, as_of.isoformat()))


def _mark(con: sqlite3.Connection, name: str) -> str | None:
    row = con.execute("SELECT value FROM told_marks WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]
