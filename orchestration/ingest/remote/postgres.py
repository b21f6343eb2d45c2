"""A Postgres table, read by cursor: every row once, those that became visible late included.

One pull sees one snapshot. What is up to the position's cursor was delivered, except rows of transactions that
committed after they were stamped: the margin before it is looked at again, and what is not among the rows remembered
by cursor and key is delivered now. `copy … to stdout` moves the rows: text as Postgres writes it, no value passes
through Python.

Belongs here: the order of the statements. Does not belong here: their text (`postgres_sql.py`), files and positions.
"""

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import psycopg
from psycopg import sql

from orchestration.ingest.remote import postgres_sql as q
from orchestration.ingest.remote.declared import Postgres, PostgresTable
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError
from orchestration.ingest.remote.landing_file import Batch, Read
from orchestration.ingest.remote.position import Position, row_digest
from orchestration.ingest.remote.postgres_errors import connection_error, connection_url, query_error
from orchestration.ingest.remote.windows import window_end
from orchestration.partitions import as_of_for_day
from orchestration.settings import Settings

FORMAT = "csv.gz"
CONNECT_SECONDS = 15
KEYS_PER_STATEMENT = 5_000
FETCH_ROWS = 20_000
TIME_DIGITS, NUMBER_DIGITS = 14, 19
TICK = timedelta(microseconds=1)
ALL_ROWS, NO_ROWS = sql.SQL("true"), sql.SQL("false")

Key = tuple[str | None, ...]


@contextmanager
def open_reader(
    settings: Settings, source: Postgres, table: PostgresTable, effects: Effects
) -> Generator["PostgresReader"]:
    """Connect, and match the table with the catalogue, within one read-only snapshot. Raises SourceError and
    SourceUnavailableError, which carry nothing of what the driver knew.
    """
    url = connection_url(source, effects)
    try:
        connection = psycopg.connect(url, connect_timeout=CONNECT_SECONDS, application_name="andon")
    except psycopg.Error as error:
        raise connection_error(source, error, effects) from None
    with connection:
        try:
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            for statement in q.SESSION:
                connection.execute(statement)
            yield PostgresReader(settings, source, table, effects, connection, _shape(connection, source, table))
        except psycopg.Error as error:
            raise query_error(source, table, error, effects) from None


def _shape(connection: psycopg.Connection, source: Postgres, table: PostgresTable) -> q.Shape:
    name = q.relation(table).as_string(connection)
    found = [q.SourceColumn(*row) for row in connection.execute(q.CATALOGUE, [name]).fetchall()]
    if not found:
        there = [str(row[0]) for row in connection.execute(q.TABLES).fetchall()]
        raise SourceError(q.no_such_table(source, table, there))
    return q.match_shape(source, table, found)


@dataclass(frozen=True)
class PostgresReader:
    """One table in one open snapshot."""

    settings: Settings
    source: Postgres
    table: PostgresTable
    effects: Effects
    connection: psycopg.Connection
    shape: q.Shape

    def batches(self, position: Position, as_of: datetime) -> Iterator[Batch]:
        """What is new since the position, in windows, up to `as_of` (aware) but never beyond the server's time."""
        if self.table.cursor is None:
            yield self._batch("all", as_of, True, [ALL_ROWS], Position)
            return
        until = min(as_of, self._server_time())
        limit = self._text_of(until)
        if limit is not None and position.cursor is not None and self._is_behind(limit, position.cursor):
            return
        self._tell_future(limit)
        after = position.cursor or self._floor()
        missed = self._missed(position)
        is_done = False
        for lower, upper, is_done in self._slices(after, limit):
            yield self._window(lower, upper, missed, self._end_of(upper, until, is_done), is_done)
            after, missed = upper, []
        if not is_done:
            # A quiet table says so with a file that has no new row; a number as cursor stays where it was.
            yield self._window(after, limit or after, missed, until, True)

    def between(self, start: datetime, end: datetime) -> Iterator[Batch]:
        """Everything whose cursor lies in `start` to `end` (aware; end excluded), again, in windows."""
        if self.table.cursor is None or not self.shape.has_time_cursor:
            raise SourceError(
                f"{self.source.name}: table {self.table.table} has no moment as cursor, so a range of days cannot be "
                f"pulled again: delete its file in {self.settings.pulls / self.source.name} to pull all of it"
            )
        until = min(end, self._server_time())
        for lower, upper, is_last in self._slices(self._text_of(start), self._text_of(until)):
            stop = self._end_of(upper, until, is_last)
            rows = [q.within(self.shape, lower, upper)]
            yield self._batch(self._label(lower, upper), stop, is_last, rows, lambda upper=upper: Position(upper))

    def _server_time(self) -> datetime:
        moment = self._one(sql.SQL("select now()::timestamptz"))
        assert isinstance(moment, datetime)
        return moment.astimezone(UTC)

    def _floor(self) -> str | None:
        if self.table.start is None or not self.shape.has_time_cursor:
            return None
        return self._text_of(as_of_for_day(self.table.start - timedelta(days=1), self.settings.zone))

    def _text_of(self, moment: datetime) -> str | None:
        """A moment as the last cursor value that lies before it; None when the cursor is a number."""
        if not self.shape.has_time_cursor:
            return None
        local = moment.astimezone(self.source.zone)
        if self.shape.cursor.type == "date":
            return (local.date() - timedelta(days=1)).isoformat()
        last = moment.astimezone(UTC) - TICK
        if self.shape.cursor.type == "timestamp without time zone":
            return last.astimezone(self.source.zone).replace(tzinfo=None).isoformat(" ")
        return last.isoformat(" ")

    def _moment_of(self, text: str) -> datetime:
        """A cursor value as a moment; a date as the last moment of its day."""
        moment = datetime.fromisoformat(text)
        if self.shape.cursor.type == "date":
            moment += timedelta(days=1) - TICK
        return moment if moment.tzinfo else moment.replace(tzinfo=self.source.zone)

    def _end_of(self, upper: str, until: datetime, is_last: bool) -> datetime:
        """The end (excluded) of a window up to `upper`; a number does not tell, so that all count as delivered now."""
        return until if is_last or not self.shape.has_time_cursor else self._moment_of(upper) + TICK

    def _is_behind(self, limit: str, cursor: str) -> bool:
        return self._moment_of(limit) <= self._moment_of(cursor)

    def _slices(self, after: str | None, limit: str | None) -> Iterator[tuple[str | None, str, bool]]:
        """Bounds (above, up to, reaches the limit) of each file: a window of days with rows, cut when it is large."""
        first = self._extreme("min", after, limit)
        while first is not None:
            end = self._end_of_window(first, limit)
            upper = self._end_of_file(after, end) or end or self._extreme("max", after, limit) or first
            following = self._extreme("min", upper, limit)
            if following == first:
                # Local clocks went back, and the window ended before it began.
                upper, following = first, self._extreme("min", first, limit)
            yield after, upper, following is None and limit in (None, upper)
            after, first = upper, following

    def _end_of_window(self, first: str, limit: str | None) -> str | None:
        if limit is None:
            return None
        end = window_end(self._moment_of(first), self.table.window_days, self.settings.zone)
        return self._text_of(end) if end < self._moment_of(limit) else limit

    def _end_of_file(self, after: str | None, end: str | None) -> str | None:
        """The cursor value that fills a file, when the window holds more rows than one may."""
        cursor = q.cursor_of(self.shape)
        text = self._one(
            sql.SQL(
                "select max(c)::text, count(*) from (select {} as c from {} where {} order by 1 limit {}) page"
            ).format(
                cursor, q.relation(self.table), q.within(self.shape, after, end), sql.Literal(self.table.rows_per_file)
            ),
            lambda row: row[0] if row[1] == self.table.rows_per_file else None,
        )
        return None if text is None else str(text)

    def _extreme(self, function: Literal["min", "max"], after: str | None, limit: str | None) -> str | None:
        value = self._one(
            sql.SQL("select {}({})::text from {} where {}").format(
                sql.SQL(function),
                q.cursor_of(self.shape),
                q.relation(self.table),
                q.within(self.shape, after, limit),
            )
        )
        return None if value is None else str(value)

    def _tell_future(self, limit: str | None) -> None:
        if limit is None:
            return
        count = self._one(
            sql.SQL("select count(*) from {} where {}").format(
                q.relation(self.table), q.within(self.shape, limit, None)
            )
        )
        if count:
            self.effects.say(f"{count} rows have a {self.table.cursor} after {limit}: they are pulled once it has come")

    def _missed(self, position: Position) -> list[Key]:
        """Rows up to the position that are not among those remembered, and rows that have no cursor."""
        recent = frozenset(position.recent)
        return [key for key in self._keys(self._near(position.cursor)) if row_digest(*key) not in recent]

    def _remembered(self, cursor: str | None) -> tuple[str, ...]:
        return tuple(sorted({row_digest(*key) for key in self._keys(self._near(cursor))}))

    def _near(self, cursor: str | None) -> sql.Composable:
        """Rows that a position at `cursor` remembers."""
        if cursor is None:
            return q.unusable(self.shape)
        return sql.SQL("{} or {}").format(q.margin(self.shape, cursor, self._floor()), q.unusable(self.shape))

    def _keys(self, condition: sql.Composable) -> Iterator[Key]:
        statement = sql.SQL("select {} from {} where {}").format(
            q.key_texts(self.shape), q.relation(self.table), condition
        )
        with self.connection.cursor(name="andon_keys") as rows:
            rows.itersize = FETCH_ROWS
            yield from rows.execute(statement)

    def _window(
        self, after: str | None, upto: str | None, missed: Sequence[Key], until: datetime, is_last: bool
    ) -> Batch:
        has_window = upto is not None and upto != after
        conditions: list[sql.Composable] = [q.within(self.shape, after, upto) if has_window else NO_ROWS]
        conditions += [
            q.these_rows(self.shape, missed[start : start + KEYS_PER_STATEMENT])
            for start in range(0, len(missed), KEYS_PER_STATEMENT)
        ]
        return self._batch(
            self._label(after, upto), until, is_last, conditions, lambda: Position(upto, self._remembered(upto))
        )

    def _batch(
        self,
        label: str,
        until: datetime,
        is_last: bool,
        conditions: Sequence[sql.Composable],
        position_after: Callable[[], Position],
    ) -> Batch:
        def read(write: Callable[[bytes], object]) -> Read:
            rows = sum(self._copy(condition, place == 0, write) for place, condition in enumerate(conditions))
            return Read(rows, position_after())

        return Batch(label, until - TICK, FORMAT, is_last, read)

    def _copy(self, condition: sql.Composable, header: bool, write: Callable[[bytes], object]) -> int:
        """Copy out the rows that meet the condition; how many there were, by the server's own count."""
        with self.connection.cursor() as cursor:
            with cursor.copy(q.copy_statement(self.shape, condition, header)) as copy:
                for block in copy:
                    write(bytes(block))
            return cursor.rowcount

    def _one(
        self, statement: sql.Composed | sql.SQL, pick: Callable[[Sequence[object]], object] = lambda row: row[0]
    ) -> object:
        row = self.connection.execute(statement).fetchone()
        assert row is not None
        return pick(row)

    def _label(self, after: str | None, upto: str | None) -> str:
        """Bounds as they stand in a file's name: without dashes, so that they are not read as the day it delivers."""
        length = TIME_DIGITS if self.shape.has_time_cursor else NUMBER_DIGITS
        return "-".join(re.sub("[^0-9A-Za-z]", "", text or "begin")[:length] for text in (after, upto))
