"""One pass over the outbox: send what is due, note what came of it.

Belongs here: the order of the steps, which makes a pass safe to kill. Does not belong here: how a channel is spoken
(`smtp.py`, `webhook.py`), when to try again (`policy.py`).

An attempt is noted before it is made and its result after, so that a killed pass sends a message again rather than
never, under the same Message-ID and key. One process sends at a time; the lock falls with its process.
"""

import fcntl
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from orchestration.serving.inert import one_line
from orchestration.serving.outbox import store
from orchestration.serving.outbox.health import SENDER
from orchestration.serving.outbox.message import Stored
from orchestration.serving.outbox.policy import (
    Delivered,
    Failed,
    NotConfigured,
    Outcome,
    Refused,
    is_spent,
    wait_after,
)
from orchestration.serving.outbox.smtp import send_email
from orchestration.serving.outbox.webhook import post
from orchestration.settings import Settings

Now = Callable[[], datetime]
Deliver = Callable[[Stored, bytes], Outcome]


@dataclass
class Pass:
    """What a pass did: messages by result, and what stands in the way of the rest."""

    sent: int = 0
    refused: int = 0
    failed: int = 0
    left: int = 0
    problems: dict[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        told = f"{self.sent} sent, {self.refused} given up, {self.failed} failed, {self.left} left for later"
        return "; ".join((told, *(f"{where}: {why}" for where, why in self.problems.items())))


def deliver(message: Stored, payload: bytes) -> Outcome:
    """Send one message by its channel."""
    if message.channel == "email":
        return send_email(payload, message.address)
    return post(payload, message.address, message.key)


def send_due(settings: Settings, now: Now, seconds: float = 40.0, deliver: Deliver = deliver) -> Pass | None:
    """Send the messages that are due; no new one is begun after `seconds`. None while another process sends."""
    with _only_sender(settings) as alone:
        if not alone:
            return None
        with store.open_outbox(settings) as con:
            return _pass(con, now, seconds, deliver)


def _pass(con: sqlite3.Connection, now: Now, seconds: float, deliver: Deliver) -> Pass:
    ends = time.monotonic() + seconds
    done = Pass()
    with store.writing(con):
        store.beat(con, SENDER, now())
        store.drop_old_payloads(con, now())
    for message in store.due(con, now()):
        # When a server is down for one message it is for all: the rest keep their turn and their patience.
        if message.destination in done.problems or time.monotonic() > ends:
            done.left += 1
            continue
        _attempt(con, message, now, deliver, done)
    with store.writing(con):
        store.beat(con, SENDER, now())
    return done


def _attempt(con: sqlite3.Connection, message: Stored, now: Now, deliver: Deliver, done: Pass) -> None:
    payload = store.payload(con, message.id)
    assert payload is not None, "an unsent message keeps its payload"
    store.begin_attempt(con, message, now())
    try:
        outcome = deliver(message, payload)
    except Exception as error:
        # A fault of ours must not stop the others, nor lose this one.
        outcome = Failed(one_line(f"{type(error).__name__}: {error}", 300))
    attempts = message.attempts + 1
    match outcome:
        case Delivered():
            store.mark_sent(con, message.id, now())
            done.sent += 1
        case Refused(reason):
            store.mark_failed(con, message.id, reason, None)
            done.refused += 1
        case NotConfigured(reason):
            store.not_tried(con, message, reason)
            done.left += 1
            done.problems[message.destination] = reason
        case Failed(reason, retry_after, is_down):
            spent = is_spent(attempts, message.created_at, now())
            store.mark_failed(con, message.id, reason, None if spent else now() + wait_after(attempts, retry_after))
            done.refused += spent
            done.failed += not spent
            if is_down:
                done.problems[message.destination] = reason


@contextmanager
def _only_sender(settings: Settings) -> Generator[bool]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "outbox.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
