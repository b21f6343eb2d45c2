"""Whether sending works: what is dead, what has waited too long, when the sender was last alive.

Belongs here: the judgement, made once for page, command line and Dagster. Does not belong here: how it is shown.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from orchestration.serving.outbox.policy import STALLED_AFTER
from orchestration.serving.outbox.store import counts, last_beat, listed

SENDER = "sender"


@dataclass(frozen=True)
class Health:
    """The outbox as of an instant. `waiting_since`: since when the oldest unsent message waits, when it is too long."""

    pending: int
    sent: int
    dead: int
    waiting_since: datetime | None
    why: str | None
    last_pass: datetime | None

    @property
    def is_stalled(self) -> bool:
        """Whether a message has been due and unsent for longer than it may."""
        return self.waiting_since is not None

    @property
    def is_well(self) -> bool:
        """Whether nobody has to do anything."""
        return not self.is_stalled and not self.dead

    def problems(self) -> list[str]:
        """What has to be looked at, in words with the remedy; empty when all is well."""
        found: list[str] = []
        if self.waiting_since is not None:
            alive = f"the sender last ran at {_at(self.last_pass)}" if self.last_pass else "no sender has ever run"
            found.append(
                f"Sending has stopped: {self.pending} messages wait, the oldest since {_at(self.waiting_since)}; "
                f"{alive}. {self.why or 'Start the Dagster daemon, or run `andon outbox send`.'}"
            )
        if self.dead:
            found.append(f"{self.dead} messages were given up: see `andon outbox dead`, then `andon outbox retry`.")
        return found


def health(con: sqlite3.Connection, now: datetime) -> Health:
    """The outbox's state at `now` (aware)."""
    total = counts(con)
    pending = listed(con, ["pending"])
    late = [message for message in pending if now - message.created_at > STALLED_AFTER]
    oldest = min(late, key=lambda message: message.created_at, default=None)
    return Health(
        pending=total["pending"],
        sent=total["sent"],
        dead=total["dead"],
        waiting_since=oldest.created_at if oldest else None,
        why=oldest.last_error if oldest else None,
        last_pass=last_beat(con, SENDER),
    )


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
