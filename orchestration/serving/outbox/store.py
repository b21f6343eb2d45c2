"""The outbox's store: one SQLite file under `ANDON_HOME`, beside the warehouse.

Belongs here: the schema, transactions, the steps of a message's life. Does not belong here: sending (`sender.py`),
retry rules (`policy.py`).

SQLite, because a message and the memory of what it told are stored in one durable transaction, while the
warehouse may be locked by a run and while the sensor and a person send. The file holds personal data (attachments
for those entitled to them): only its owner may read it, and payloads are dropped some time after they were sent.
"""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orchestration.serving.outbox.message import Message, State, Stored
from orchestration.serving.outbox.policy import wait_after
from orchestration.settings import Settings

FILE = "outbox.sqlite"
BUSY_SECONDS = 30.0
PAYLOAD_KEPT = timedelta(days=30)
INTERRUPTED = "the sender was interrupted before the receiver's answer was noted"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    report TEXT NOT NULL,
    audience TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('email', 'slack', 'teams', 'webhook')),
    address TEXT NOT NULL,
    subject TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    payload BLOB,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    next_attempt_at TEXT NOT NULL,
    sent_at TEXT,
    last_error TEXT
);
CREATE INDEX IF NOT EXISTS messages_by_state ON messages (state, next_attempt_at);
CREATE TABLE IF NOT EXISTS heartbeat (name TEXT PRIMARY KEY, beat_at TEXT NOT NULL);
"""
_COLUMNS = (
    "id, key, report, audience, channel, address, subject, state, attempts, created_at, next_attempt_at, sent_at, "
    "last_error"
)


def outbox_file(settings: Settings) -> Path:
    """Where the outbox lies."""
    return settings.home / FILE


@contextmanager
def open_outbox(settings: Settings) -> Generator[sqlite3.Connection]:
    """The outbox, made if it is not there. A statement outside `writing` reads."""
    settings.home.mkdir(parents=True, exist_ok=True)
    path = outbox_file(settings)
    is_new = not path.exists()
    con = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        if is_new:
            path.chmod(0o600)
        con.execute("PRAGMA journal_mode = WAL")
        con.execute("PRAGMA synchronous = FULL")
        con.executescript(_SCHEMA)
        yield con
    finally:
        con.close()


@contextmanager
def writing(con: sqlite3.Connection) -> Generator[sqlite3.Connection]:
    """One durable transaction: all of it, or nothing of it."""
    con.execute("BEGIN IMMEDIATE")
    try:
        yield con
    except BaseException:
        con.execute("ROLLBACK")
        raise
    con.execute("COMMIT")


def enqueue(con: sqlite3.Connection, messages: Iterable[Message], now: datetime) -> int:
    """Store `messages`, due at once; inside `writing`. One that is there already (same key) is not stored again.

    Returns how many are new.
    """
    stored = 0
    for message in messages:
        stored += con.execute(
            "INSERT INTO messages (key, report, audience, channel, address, subject, content_hash, payload, created_at,"
            " next_attempt_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (
                message.key, message.report, message.audience, message.channel, message.address, message.subject,
                message.content_hash, message.payload, _text(now), _text(now),
            ),
        ).rowcount  # fmt: skip
    return stored


def due(con: sqlite3.Connection, now: datetime) -> list[Stored]:
    """The messages whose time has come, the oldest first."""
    return _stored(con, "WHERE state = 'pending' AND next_attempt_at <= ? ORDER BY id", _text(now))


def listed(con: sqlite3.Connection, states: Sequence[State], limit: int = -1) -> list[Stored]:
    """The messages in `states`, the newest first."""
    places = ", ".join("?" * len(states))
    return _stored(con, f"WHERE state IN ({places}) ORDER BY id DESC LIMIT ?", *states, limit)


def counts(con: sqlite3.Connection) -> dict[State, int]:
    """Messages by state; every state is there."""
    found = dict(con.execute("SELECT state, count(*) FROM messages GROUP BY state").fetchall())
    return {"pending": found.get("pending", 0), "sent": found.get("sent", 0), "dead": found.get("dead", 0)}


def has_other(
    con: sqlite3.Connection, report: str, audience: str | None, channel: str | None, content_hash: str
) -> bool:
    """Whether the audience (None: anybody) was told of the report before, with other content."""
    row = con.execute(
        "SELECT 1 FROM messages WHERE report = ? AND audience = coalesce(?, audience)"
        " AND channel = coalesce(?, channel) AND content_hash <> ? LIMIT 1",
        (report, audience, channel, content_hash),
    ).fetchone()
    return row is not None


def payload(con: sqlite3.Connection, id: int) -> bytes | None:
    """The message's payload; None when there is no such message, or it was dropped after sending."""
    row = con.execute("SELECT payload FROM messages WHERE id = ?", (id,)).fetchone()
    return None if row is None else row[0]


def begin_attempt(con: sqlite3.Connection, message: Stored, now: datetime) -> None:
    """Note the attempt before it is made: a sender killed in it leaves a message that is due again, and counted."""
    attempts = message.attempts + 1
    con.execute(
        "UPDATE messages SET attempts = ?, next_attempt_at = ?, last_error = ? WHERE id = ?",
        (attempts, _text(now + wait_after(attempts)), INTERRUPTED, message.id),
    )


def mark_sent(con: sqlite3.Connection, id: int, now: datetime) -> None:
    """The receiver has it."""
    con.execute("UPDATE messages SET state = 'sent', sent_at = ?, last_error = NULL WHERE id = ?", (_text(now), id))


def mark_failed(con: sqlite3.Connection, id: int, error: str, next_attempt_at: datetime | None) -> None:
    """It was not delivered: due again at `next_attempt_at`, or dead when that is None."""
    con.execute(
        "UPDATE messages SET state = iif(? IS NULL, 'dead', 'pending'), next_attempt_at = coalesce(?, next_attempt_at),"
        " last_error = ? WHERE id = ?",
        (*[next_attempt_at and _text(next_attempt_at)] * 2, error, id),
    )


def not_tried(con: sqlite3.Connection, message: Stored, reason: str) -> None:
    """It could not even be tried, and why: it is due as before, and the attempt does not count."""
    con.execute(
        "UPDATE messages SET attempts = ?, next_attempt_at = ?, last_error = ? WHERE id = ?",
        (message.attempts, _text(message.next_attempt_at), reason, message.id),
    )


def revive(con: sqlite3.Connection, ids: Sequence[int] | None, now: datetime) -> int:
    """Make dead and waiting messages (`ids`, or all) due now, with a clean slate; returns how many."""
    chosen = "" if ids is None else f" AND id IN ({', '.join('?' * len(ids))})"
    return con.execute(
        "UPDATE messages SET state = 'pending', attempts = 0, created_at = ?, next_attempt_at = ?"
        f" WHERE state <> 'sent'{chosen}",
        (_text(now), _text(now), *(ids or ())),
    ).rowcount


def drop_old_payloads(con: sqlite3.Connection, now: datetime) -> None:
    """Forget the content of what was sent long ago; that it was sent stays known."""
    con.execute(
        "UPDATE messages SET payload = NULL WHERE state = 'sent' AND payload IS NOT NULL AND sent_at < ?",
        (_text(now - PAYLOAD_KEPT),),
    )


def beat(con: sqlite3.Connection, name: str, now: datetime) -> None:
    """Note that `name` is alive."""
    con.execute("INSERT OR REPLACE INTO heartbeat VALUES (?, ?)", (name, _text(now)))


def last_beat(con: sqlite3.Connection, name: str) -> datetime | None:
    """When `name` was last alive."""
    row = con.execute("SELECT beat_at FROM heartbeat WHERE name = ?", (name,)).fetchone()
    return None if row is None else datetime.fromisoformat(row[0])


def _stored(con: sqlite3.Connection, condition: str, *values: object) -> list[Stored]:
    return [_stored_row(row) for row in con.execute(f"SELECT {_COLUMNS} FROM messages {condition}", values)]


def _stored_row(row: tuple[Any, ...]) -> Stored:
    *told, created_at, next_attempt_at, sent_at, last_error = row
    return Stored(
        *told,
        created_at=datetime.fromisoformat(created_at),
        next_attempt_at=datetime.fromisoformat(next_attempt_at),
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        last_error=last_error,
    )


def _text(moment: datetime) -> str:
    """UTC in one width, so that texts compare as instants do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
