"""The SQL that a Postgres source is asked, built from its catalogue: pure, no connection.

Every value is read as text in one fixed notation (ISO, UTC), so that what arrives is what Postgres holds: long ids,
exact decimals, NaN and infinity reach the feed's contract, which takes or rejects them.

Belongs here: columns, types, conditions. Does not belong here: running it (`postgres.py`).
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches

from psycopg import sql

from orchestration.ingest.columns import Column
from orchestration.ingest.remote.declared import Postgres, PostgresTable
from orchestration.ingest.remote.errors import SourceError

CATALOGUE = """
    select a.attname, format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null), t.typcategory::text,
        has_column_privilege(a.attrelid, a.attnum, 'select')
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
    order by a.attnum"""
TABLES = """
    select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    order by 1"""
SESSION = (
    "set time zone 'UTC'",
    "set datestyle = 'ISO'",
    "set intervalstyle = 'iso_8601'",
    "set extra_float_digits = 1",
    "set bytea_output = 'hex'",
)
# What a column can be wanted for besides a column of the feed; and from how many on they share a line.
OTHERS = ("extra_columns", "key", "cursor")
SEVERAL = 3
TIME_CURSORS = ("timestamp with time zone", "timestamp without time zone", "date")
_CASTS = {
    "timestamp with time zone": sql.SQL("timestamptz"),
    "timestamp without time zone": sql.SQL("timestamp"),
    "date": sql.SQL("date"),
    "smallint": sql.SQL("bigint"),
    "integer": sql.SQL("bigint"),
    "bigint": sql.SQL("bigint"),
    "numeric": sql.SQL("numeric"),
}


@dataclass(frozen=True)
class SourceColumn:
    """A column as the catalogue has it; `category` is Postgres' typcategory (A array, C composite …)."""

    name: str
    type: str
    category: str
    may_read: bool


@dataclass(frozen=True)
class Shape:
    """A declared table matched with the catalogue: what each statement is built from."""

    source: Postgres
    table: PostgresTable
    columns: dict[str, SourceColumn]

    @property
    def cursor(self) -> SourceColumn:
        """The cursor column."""
        assert self.table.cursor is not None
        return self.columns[self.table.cursor]

    @property
    def has_time_cursor(self) -> bool:
        """Whether the cursor is a moment or a date, not a number."""
        return self.cursor.type in TIME_CURSORS


def relation(table: PostgresTable) -> sql.Identifier:
    """The table's name, quoted; `schema.table` or `table`."""
    return sql.Identifier(*table.table.split("."))


def match_shape(source: Postgres, table: PostgresTable, found: Sequence[SourceColumn]) -> Shape:
    """The table with its columns. Raises SourceError naming every column that lacks, cannot be read or cannot be
    the cursor.
    """
    where = f"{source.name}: table {table.table}"
    columns = {column.name: column for column in found}
    problems: list[str] = []
    wanted = [(column.name, name) for column in table.contract.columns if (name := filling(table, columns, column))]
    wanted += [("extra_columns", column) for column in table.extra_columns]
    wanted += [("key", column) for column in table.key]
    wanted += [("cursor", table.cursor)] if table.cursor else []
    problems += _lacking(where, table, columns, wanted)
    denied = dict.fromkeys(name for _, name in wanted if name in columns and not columns[name].may_read)
    if denied:
        grant = f"grant select on {table.table} to the user that andon connects with"
        named = "column" if len(denied) == 1 else "columns"
        problems.append(f"{where}: permission denied for {named} {', '.join(denied)}: {grant}")
    if table.cursor and table.cursor in columns and columns[table.cursor].type not in _CASTS:
        kind = columns[table.cursor].type
        problems.append(f"{where}: cursor {table.cursor} is {kind}: choose a timestamp, a date or a whole number")
    if table.cursor and not table.key_columns:
        problems.append(f"{where} has no column for the key of {table.feed}: name one under `key:`")
    if problems:
        raise SourceError("\n".join(dict.fromkeys(problems)))
    return Shape(source, table, columns)


def _lacking(
    where: str, table: PostgresTable, there: Collection[str], wanted: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """What to do about columns that the table lacks; several that the feed can do without make one line to copy."""
    lacking = [(field, name, get_close_matches(name, there, n=1)) for field, name in wanted if name not in there]
    spare = [field for field, _, near in lacking if _may_lack(table, field) and not near]
    if len(spare) < SEVERAL:
        spare = []
    for field, name, near in lacking:
        if field not in spare:
            remedy = "correct it" if field in OTHERS else f"name the column that holds {field} under `columns:`"
            remedy += ", or null if there is none" if _may_lack(table, field) else ""
            hint = f" ({near[0]} is the nearest)" if near else ""
            yield f"{where} has no column {name}{hint}, wanted for {field} of {table.feed}: {remedy}"
    if spare:
        unread = ", ".join(sorted({*there} - {name for _, name in wanted})) or "no other"
        nulls = ", ".join(f"{field}: null" for field in spare)
        yield (
            f"{where} lacks {len(spare)} columns of {table.feed}: name what holds each under `columns:` (nothing reads "
            f"{unread}), or say there that there is none: {nulls}"
        )


def _may_lack(table: PostgresTable, field: str) -> bool:
    return field not in OTHERS and not table.contract.column(field).required


def no_such_table(source: Postgres, table: PostgresTable, there: Sequence[str]) -> str:
    """What to say when the catalogue, as this user sees it, does not have the table; `there`: what it has."""
    near = get_close_matches(table.table, [*there, *(name.partition(".")[2] for name in there)], n=1)
    hint = f" ({near[0]} is the nearest)" if near else ""
    remedy = "correct `table:`, with its schema, or grant usage on the schema"
    return f"{source.name}: there is no table or view {table.table}{hint}, wanted for {table.feed}: {remedy}"


def filling(table: PostgresTable, there: Collection[str], column: Column) -> str | None:
    """What fills a column of the feed; None when the source has none, by the declaration or as the feed allows."""
    name = table.column_of(column.name)
    may_lack = not column.required and (column.may_lack or table.contract.tolerant)
    return None if may_lack and name not in there and column.name not in table.columns else name


def copy_statement(shape: Shape, condition: sql.Composable, header: bool) -> sql.Composed:
    """`copy (…) to stdout` of the rows that meet the condition, as CSV under the feed's column names, in one order."""
    table = shape.table
    values = [
        sql.SQL("{} as {}").format(_value(shape, filling(table, shape.columns, column)), sql.Identifier(column.name))
        for column in table.contract.columns
    ]
    values += [sql.SQL("{} as {}").format(_value(shape, name), sql.Identifier(name)) for name in table.extra_columns]
    order = [cursor_of(shape)] if table.cursor else []
    order += [sql.Identifier(name) for name in table.key_columns]
    return sql.SQL("copy (select {} from {} where {} order by {}) to stdout with (format csv, header {})").format(
        sql.SQL(", ").join(values),
        relation(table),
        condition,
        sql.SQL(", ").join(order) if order else sql.SQL("1"),
        sql.SQL("true" if header else "false"),
    )


def cursor_of(shape: Shape) -> sql.Identifier:
    """The cursor column, quoted."""
    return sql.Identifier(shape.cursor.name)


def bound(shape: Shape, text: str) -> sql.Composed:
    """A cursor value, from its text, in the cursor's type."""
    return sql.SQL("{}::{}").format(sql.Literal(text), _CASTS[shape.cursor.type])


def within(shape: Shape, after: str | None, upto: str | None) -> sql.Composed:
    """Rows whose cursor is above `after` and at most `upto`; a bound that is None does not bind."""
    cursor = cursor_of(shape)
    parts = [usable(shape)]
    if after is not None:
        parts.append(sql.SQL("{} > {}").format(cursor, bound(shape, after)))
    if upto is not None:
        parts.append(sql.SQL("{} <= {}").format(cursor, bound(shape, upto)))
    return sql.SQL(" and ").join(parts)


def usable(shape: Shape) -> sql.Composed:
    """Rows whose cursor says where they stand: not NULL, not infinite, not NaN."""
    cursor = cursor_of(shape)
    if shape.has_time_cursor:
        return sql.SQL("isfinite({})").format(cursor)
    if shape.cursor.type == "numeric":
        return sql.SQL("({} < 'Infinity' and {} > '-Infinity')").format(cursor, cursor)
    return sql.SQL("{} is not null").format(cursor)


def unusable(shape: Shape) -> sql.Composed:
    """The other rows: they are found by their key alone."""
    return sql.SQL("({}) is not true").format(usable(shape))


def margin(shape: Shape, last: str, floor: str | None) -> sql.Composed:
    """Rows, above `floor` and up to the position, that may have become visible after it was reached."""
    cursor, end = cursor_of(shape), bound(shape, last)
    condition = sql.SQL("({} > {} - {} and {} <= {})").format(cursor, end, _margin_width(shape), cursor, end)
    if floor is None:
        return condition
    return sql.SQL("({} and {} > {})").format(condition, cursor, bound(shape, floor))


def _margin_width(shape: Shape) -> sql.Composable:
    if not shape.has_time_cursor:
        return sql.Literal(shape.table.late_ids)
    width = shape.table.late_margin
    if shape.cursor.type == "date":
        # It moves by days, so that less than one would look at nothing.
        return sql.Literal(max(1, math.ceil(width / timedelta(days=1))))
    if shape.cursor.type == "timestamp without time zone" and shape.source.time_zone != "UTC":
        # Local clocks go back an hour in autumn, and the cursor with them.
        width += timedelta(hours=1)
    return sql.SQL("{}::interval").format(sql.Literal(f"{width.total_seconds()} seconds"))


def key_texts(shape: Shape) -> sql.Composed:
    """The columns by which a row is remembered: cursor, then key, as text."""
    names = [shape.cursor.name, *shape.table.key_columns]
    return sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)


def these_rows(shape: Shape, rows: Sequence[Sequence[str | None]]) -> sql.Composed:
    """Rows with one of these cursor and key texts."""
    names = [shape.cursor.name, *shape.table.key_columns]
    columns = sql.SQL(", ").join(sql.SQL("coalesce({}::text, '')").format(sql.Identifier(name)) for name in names)
    values = sql.SQL(", ").join(
        sql.SQL("({})").format(sql.SQL(", ").join(sql.Literal(value or "") for value in row)) for row in rows
    )
    return sql.SQL("({}) in ({})").format(columns, values)


def _value(shape: Shape, name: str | None) -> sql.Composable:
    if name is None:
        return sql.SQL("null")
    column = shape.columns[name]
    identifier = sql.Identifier(name)
    if column.category in ("A", "C"):
        return sql.SQL("to_jsonb({})::text").format(identifier)
    if column.type == "money":
        return sql.SQL("{}::numeric::text").format(identifier)
    if column.type == "timestamp without time zone" and shape.source.time_zone != "UTC":
        return sql.SQL("({} at time zone {})::text").format(identifier, sql.Literal(shape.source.time_zone))
    return sql.SQL("{}::text").format(identifier)
