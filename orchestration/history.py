"""How Dagster's run history is written.

Belongs here: the one setting of its SQLite files. Does not belong here: any data of Andon; none of it is in SQLite.
"""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


def write_history_without_waiting() -> None:
    """Let SQLite hand its writes to the operating system instead of waiting for the disk at each of them.

    A run writes hundreds of events, each in transactions of its own; waiting costs seconds on an idle disk and
    minutes on a busy one. A killed process loses nothing by it. A power failure may cost the run history (delete
    `dagster/history` then), never data: lake, warehouse and served copy do wait for the disk.
    """
    if not event.contains(Engine, "connect", _do_not_wait):
        event.listen(Engine, "connect", _do_not_wait)


def _do_not_wait(connection: Any, _: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")
