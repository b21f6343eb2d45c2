"""Send what is due and show on the index page how it went: what the sensor and the command line both do.

Belongs here: those two steps together. Does not belong here: sending (`outbox`), the page (`index.py`).
"""

from orchestration.serving.index import write_index
from orchestration.serving.outbox.sender import Now, Pass, send_due
from orchestration.settings import Settings


def deliver_due(settings: Settings, now: Now, seconds: float) -> Pass | None:
    """One pass over the outbox (see `send_due`); the index page is renewed when anything changed."""
    done = send_due(settings, now, seconds)
    if done is not None and done.sent + done.refused + done.failed + done.left:
        write_index(settings, now())
    return done
