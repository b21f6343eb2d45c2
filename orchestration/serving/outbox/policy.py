"""When a message is tried again, and when it is given up.

Belongs here: the rules, as pure functions. Does not belong here: clocks, sockets, storage.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
# A weekend without mail server must lose nothing; after a week someone has to look.
GIVE_UP_AFTER = timedelta(days=7)
LEAST_ATTEMPTS = 10
# A message this long due and unsent means that sending has stopped.
STALLED_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Delivered:
    """The receiver took the message."""


@dataclass(frozen=True)
class Refused:
    """The receiver will never take this message: an unknown mailbox, a webhook that is gone."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """It may work later. `retry_after`: how long the receiver asks to wait; `is_down`: nothing else will get there."""

    reason: str
    retry_after: timedelta | None = None
    is_down: bool = False


@dataclass(frozen=True)
class NotConfigured:
    """There is nowhere to send to yet: this installation's settings do not say where."""

    reason: str


Outcome = Delivered | Refused | Failed | NotConfigured


def wait_after(attempts: int, retry_after: timedelta | None = None) -> timedelta:
    """How long to wait after the `attempts`-th failure: doubling from a minute, never less than was asked for."""
    doubled = FIRST_WAIT * 2 ** min(attempts - 1, 16)
    return max(min(doubled, LONGEST_WAIT), retry_after or timedelta(0))


def is_spent(attempts: int, created_at: datetime, now: datetime) -> bool:
    """Whether a message that failed again is given up: tried often enough, over long enough."""
    return attempts >= LEAST_ATTEMPTS and now - created_at > GIVE_UP_AFTER
