"""A message, and the key that makes sending it twice recognisable.

Belongs here: values and keys. Does not belong here: storing or sending them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Channel = Literal["email", "slack", "teams", "webhook"]
State = Literal["pending", "sent", "dead"]

MESSAGE_ID_DOMAIN = "outbox.andon"


@dataclass(frozen=True)
class Message:
    """What is to be sent to one address, complete.

    `report` names what it tells of (`daily:2026-03-02`); `address` is an e-mail address, or for chat and webhooks the
    name of the environment variable that holds the URL; `content_hash` covers what is told, not how it is laid out;
    `payload` is the MIME message without `From`, or the JSON body.
    """

    report: str
    audience: str
    channel: Channel
    address: str
    subject: str
    content_hash: str
    payload: bytes

    @property
    def key(self) -> str:
        """The idempotency key: equal for the same content to the same audience by the same channel."""
        return idempotency_key(self.report, self.audience, self.channel, self.content_hash)


@dataclass(frozen=True)
class Stored:
    """A message's line in the outbox, without its payload; times are aware, UTC."""

    id: int
    key: str
    report: str
    audience: str
    channel: Channel
    address: str
    subject: str
    state: State
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    last_error: str | None

    @property
    def destination(self) -> str:
        """What is down for all its messages when it is: the mail server, or one webhook."""
        return "smtp" if self.channel == "email" else self.address


def idempotency_key(report: str, audience: str, channel: Channel, content_hash: str) -> str:
    """40 hex digits; the parts are separated so that no two lists of parts give the same text."""
    return hashlib.sha256("\x1f".join((report, audience, channel, content_hash)).encode()).hexdigest()[:40]


def message_id(key: str) -> str:
    """The e-mail's Message-ID: the same each time the message is sent."""
    return f"<{key}@{MESSAGE_ID_DOMAIN}>"


def hash_of(*parts: str | bytes) -> str:
    """SHA-256 (hex) of the parts, each with its length, so that moving a border changes it."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
