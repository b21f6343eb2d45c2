"""Messages and clocks for the outbox tests."""

import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

from orchestration.serving.outbox import store
from orchestration.serving.outbox.message import Message, Stored, hash_of, idempotency_key, message_id
from orchestration.settings import Settings

T0 = datetime(2026, 3, 3, 11, tzinfo=UTC)
WEBHOOK = "ANDON_TEST_WEBHOOK"


class Hands:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.at = T0

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


def email(number: int = 1, address: str = "ops@example.com") -> Message:
    content_hash = hash_of(f"content {number}")
    mail = EmailMessage(policy=SMTP)
    mail["To"], mail["Subject"] = address, f"Report {number}"
    mail["Message-ID"] = message_id(idempotency_key("daily:2026-03-02", "ops", "email", content_hash))
    mail.set_content(f"body {number}")
    return Message("daily:2026-03-02", "ops", "email", address, f"Report {number}", content_hash, mail.as_bytes())


def chat(number: int = 1, variable: str = WEBHOOK) -> Message:
    body = json.dumps({"text": f"report {number}"}).encode()
    return Message("daily:2026-03-02", "ops", "slack", variable, f"Report {number}", hash_of(body), body)


def enqueue(settings: Settings, *messages: Message, at: datetime = T0) -> int:
    with store.open_outbox(settings) as con, store.writing(con):
        return store.enqueue(con, messages, at)


def lines(settings: Settings) -> list[Stored]:
    """Every message, the oldest first."""
    with store.open_outbox(settings) as con:
        return store.listed(con, ["pending", "sent", "dead"])[::-1]
