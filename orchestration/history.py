"""How Dagster's run history is written.

Belongs here: the setting of its SQLite files, and the engines they are written through. Does not belong here: any data
of Andon; none of it is in SQLite.
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from dagster._core.storage.sqlite_storage import SqliteStorageConfig


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


class EventLog(SqliteEventLogStorage):
    """Dagster's own SQLite event log, in its own place, with an engine that is kept from one event to the next.

    Dagster makes a new engine for each event, which compiles each statement anew: a fourteenth of a daily run's time.
    """

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: "SqliteStorageConfig") -> Self:
        """The log below the Dagster home that `base_dir` names: a home that was moved takes its history along."""
        return cls(str(Path(config_value["base_dir"], "history", "runs")), inst_data)

    @contextmanager
    def run_connection(self, run_id: str | None = None) -> Generator[Connection]:
        shard = str(run_id)
        if shard not in self._initialized_dbs:
            with super().run_connection(run_id):
                pass
        with self._db_lock, _engine(self.conn_string_for_shard(shard)).begin() as connection:
            yield connection

    @contextmanager
    def index_connection(self) -> Generator[Connection]:
        with self.run_connection(INDEX_SHARD_NAME) as connection:
            yield connection


# As many as a process writes at a time and then some: the daemon meets every run that was ever made.
@lru_cache(maxsize=16)
def _engine(address: str) -> Engine:
    return create_engine(address, poolclass=NullPool, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
