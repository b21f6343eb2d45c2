# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
"""From delivered values to the contract's types: what does not fit becomes a reject, or refuses the file.

Belongs here: how each type is read, and when a column counts as retyped. Does not belong here: file formats
(`readers/`), nor where the rows go (`load.py`).
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.ingest.columns import ARROW_TYPES, Column, ColumnType, Feed
from orchestration.ingest.records import Records, RefusedFileError, Reject
from orchestration.ingest.row_order import ROW, in_row_order, numbered

# A column is retyped when it is filled on more than a stray line and next to none of its values can be read.
RETYPED_MIN_VALUES = 2
RETYPED_MIN_FILLED = 0.10
RETYPED_MAX_READABLE = 0.05

_ID_NAME = re.compile("(^|_)(id|vid|vid_to_merge)$|(owner|company)id$")
_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[T ][0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
_OFFSET = r" ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"


# DuckDB's casts alone are laxer than a contract may be: '1.7' becomes 2, 'epoch' a date, 10:00+02:00 10:00.
_PATTERNS: dict[ColumnType, str] = {
    ColumnType.INT: r"[+-]?[0-9]+(\.0*)?",
    ColumnType.DECIMAL: _NUMBER,
    ColumnType.DOUBLE: _NUMBER,
    ColumnType.BOOL: "(?i)(true|false|t|f|yes|no|y|n|1|0)",
    ColumnType.DATE: _DAY + r"([T ]00:00(:00(\.0+)?)?)?",
    ColumnType.TIMESTAMP: f"{_DAY}({_CLOCK}({_OFFSET})?)?",
}
_SQL_TYPES: dict[ColumnType, str] = {
    ColumnType.INT: "bigint",
    ColumnType.DECIMAL: "decimal(18, 4)",
    ColumnType.DOUBLE: "double",
    ColumnType.BOOL: "boolean",
    ColumnType.DATE: "date",
    ColumnType.TIMESTAMP: "timestamptz",
}
_RANGES: dict[ColumnType, str] = {
    ColumnType.DOUBLE: "between -1.7976931348623157e308 and 1.7976931348623157e308",
    ColumnType.DATE: "between date '1900-01-01' and date '2199-12-31'",
    ColumnType.TIMESTAMP: "between timestamp '1900-01-01' and timestamp '2199-12-31 23:59:59.999999'",
}
_MEANING: dict[ColumnType, tuple[str, str]] = {
    ColumnType.TEXT: ("an id with all its digits", "a spreadsheet shortened it: export it as text"),
    ColumnType.INT: ("a whole number (64 bit)", "deliver digits only, no separators"),
    ColumnType.DECIMAL: (
        "an amount of at most 14 digits before the point",
        "deliver a plain number with a decimal point, no currency sign or thousands separator",
    ),
    ColumnType.DOUBLE: ("a finite number", "deliver a plain number with a decimal point"),
    ColumnType.BOOL: ("true or false", "deliver true/false, yes/no or 1/0"),
    ColumnType.DATE: ("a date from 1900 to 2199", "deliver YYYY-MM-DD"),
    ColumnType.TIMESTAMP: (
        "a moment from 1900 to 2199",
        "deliver ISO 8601 with an offset, 2026-03-02T14:30:00Z",
    ),
}


@dataclass(frozen=True)
class CastFile:
    """One file's typed rows (contract columns, then added ones as text), their lines, and all its rejects."""

    table: pa.Table
    lines: npt.NDArray[np.int64]
    rejects: tuple[Reject, ...]


def cast_files(
    feed: Feed, files: Sequence[Records], connection: duckdb.DuckDBPyConnection
) -> list[CastFile | RefusedFileError]:
    """Cast many files at once, one query per distinct set of columns; results in the order given.

    A file with a retyped column comes back as the refusal that names it, instead of its rows.
    """
    groups: defaultdict[tuple[tuple[str, str], ...], list[int]] = defaultdict(list)
    for index, records in enumerate(files):
        schema = records.values.schema
        groups[tuple((field.name, str(field.type)) for field in schema)].append(index)
    results: dict[int, CastFile | RefusedFileError] = {}
    for indexes in groups.values():
        members = [files[index] for index in indexes]
        results.update(zip(indexes, _cast_group(feed, members, connection), strict=True))
    return [results[index] for index in range(len(files))]


def _cast_group(
    feed: Feed, files: Sequence[Records], connection: duckdb.DuckDBPyConnection
) -> list[CastFile | RefusedFileError]:
    values = pa.concat_tables([records.values for records in files])
    typed, faults = _typed(feed, files[0].added_columns, values, connection)
    results: list[CastFile | RefusedFileError] = []
    offset = 0
    for records in files:
        size = records.values.num_rows
        results.append(_cast_file(feed, records, typed.slice(offset, size), faults[:, offset : offset + size]))
        offset += size
    return results


def _typed(
    feed: Feed, added: Sequence[str], values: pa.Table, connection: duckdb.DuckDBPyConnection
) -> tuple[pa.Table, npt.NDArray[np.bool_]]:
    """The typed table, and a matrix (contract column by row) of the values that break the contract."""
    # Delivered names never reach SQL: columns are addressed by position.
    place = {name: position for position, name in enumerate(values.column_names)}
    source = values.rename_columns([f"s{position}" for position in range(values.num_columns)])
    reads: list[str] = [ROW]
    casts: list[str] = []
    flags: list[str] = []
    for position, column in enumerate(feed.columns):
        delivered = values.schema.field(column.name).type
        reads.append(f"{_raw(f's{place[column.name]}', delivered, column.type)} as r{position}")
        cast = _whole_id(f"r{position}") if _is_id(feed, column) else _cast(f"r{position}", delivered, column.type)
        casts.append(f"{cast} as c{position}")
        flags.append(f"{_is_fault(position, column)} as f{position}")
    extra = [f"nullif({_text(f's{place[name]}', values.schema.field(name).type)}, '')" for name in added]
    reads += [f"{expression} as a{position}" for position, expression in enumerate(extra)]
    kept = [f"c{position}" for position in range(len(feed.columns))]
    kept += [f"a{position}" for position in range(len(extra))]
    connection.register("delivered", numbered(source))
    result = in_row_order(
        connection.execute(
            f"with raw as (select {', '.join(reads)} from delivered), "
            f"typed as (select *, {', '.join(casts)} from raw) select {', '.join([ROW, *kept, *flags])} from typed"
        ).to_arrow_table()
    )
    connection.unregister("delivered")

    target = pa.schema(
        [pa.field(column.name, ARROW_TYPES[column.type]) for column in feed.columns]
        + [pa.field(name, pa.string()) for name in added]
    )
    typed = result.select(kept).rename_columns(target.names).cast(target)
    faults = [result.column(f"f{position}").to_numpy() for position in range(len(flags))]
    return typed, np.vstack(faults).astype(np.bool_)


def _text(name: str, delivered: pa.DataType) -> str:
    if pa.types.is_floating(delivered):
        return f"cast(nullif({name}, 'nan') as varchar)"
    return name if pa.types.is_string(delivered) else f"cast({name} as varchar)"


def _passes_as_is(delivered: pa.DataType, wanted: ColumnType) -> bool:
    return wanted is not ColumnType.TEXT and delivered.equals(ARROW_TYPES[wanted])


def _raw(name: str, delivered: pa.DataType, wanted: ColumnType) -> str:
    if _passes_as_is(delivered, wanted) and not pa.types.is_floating(delivered):
        return name
    text = _text(name, delivered)
    return f"nullif({text}, '')" if wanted is ColumnType.TEXT else f"nullif(trim({text}), '')"


def _cast(raw: str, delivered: pa.DataType, wanted: ColumnType) -> str:
    if wanted is ColumnType.TEXT:
        return raw
    value = raw
    if not _passes_as_is(delivered, wanted) or pa.types.is_floating(delivered):
        read = f"try_cast({raw} as {_SQL_TYPES[wanted]})"
        value = f"case when regexp_full_match({raw}, '{_PATTERNS[wanted]}') then {read} end"
    if wanted in _RANGES:
        value = f"case when {value} {_RANGES[wanted]} then {value} end"
    return value


def _is_id(feed: Feed, column: Column) -> bool:
    """Whether a loader's text column holds ids of the vendor, which are never numbers with a fraction."""
    return feed.tolerant and column.type is ColumnType.TEXT and _ID_NAME.search(column.name) is not None


def _whole_id(raw: str) -> str:
    """An id as the vendor has it: `101.0` (a number column with gaps) is 101; `1.2E+17` has lost digits and is none."""
    return (
        f"case when regexp_full_match({raw}, '[0-9]+[.]0+') then split_part({raw}, '.', 1) "
        f"when not regexp_full_match({raw}, '[0-9]([.][0-9]+)?[eE][+][0-9]+') then {raw} end"
    )


def _is_fault(position: int, column: Column) -> str:
    raw, cast = f"r{position}", f"c{position}"
    fault = f"({raw} is not null and {cast} is null)"
    if column.required:
        fault = f"({cast} is null)"
        if column.type is ColumnType.TEXT:
            fault = f"(coalesce(trim({cast}), '') = '')"
    if column.allowed:
        choices = ", ".join(f"'{choice}'" for choice in column.allowed)
        fault = f"({fault} or coalesce({cast} not in ({choices}), false))"
    return fault


def _cast_file(
    feed: Feed, records: Records, typed: pa.Table, faults: npt.NDArray[np.bool_]
) -> CastFile | RefusedFileError:
    bad_rows = faults.any(axis=0)
    if not bad_rows.any():
        return CastFile(typed, records.lines, records.rejects)
    retyped = [
        column
        for column, column_faults in zip(feed.columns, faults, strict=True)
        if column_faults.any() and _is_retyped(records.values.column(column.name), column_faults)
    ]
    if retyped:
        return RefusedFileError("; ".join(_retyped_text(column) for column in retyped))
    rejects = [_reject(feed, records, int(row), faults[:, row]) for row in np.flatnonzero(bad_rows)]
    return CastFile(
        table=typed.filter(pa.array(~bad_rows)),
        lines=records.lines[~bad_rows],
        rejects=(*records.rejects, *rejects),
    )


def _is_retyped(values: pa.ChunkedArray, faults: npt.NDArray[np.bool_]) -> bool:
    filled = _filled(values)
    unreadable = int((faults & filled).sum())
    count = int(filled.sum())
    return (
        unreadable >= RETYPED_MIN_VALUES
        and count >= RETYPED_MIN_FILLED * len(values)
        and count - unreadable <= RETYPED_MAX_READABLE * count
    )


def _filled(values: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    if pa.types.is_string(values.type):
        filled = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(values), ""), False)
    else:
        filled = pc.is_valid(values)
    return filled.to_numpy(zero_copy_only=False)


def _retyped_text(column: Column) -> str:
    meaning, remedy = _meaning(column)
    return f"column {column.name} is retyped, next to none of its values is {meaning}: {remedy}"


def _meaning(column: Column) -> tuple[str, str]:
    if column.allowed:
        return f"one of {', '.join(column.allowed)}", "map the values in the export"
    return _MEANING[column.type]


def _reject(feed: Feed, records: Records, row: int, faults: npt.NDArray[np.bool_]) -> Reject:
    columns = [column for column, fault in zip(feed.columns, faults, strict=True) if fault]
    reasons: list[str] = []
    remedies: list[str] = []
    for column in columns:
        value = records.values.column(column.name)[row].as_py()
        meaning, remedy = _meaning(column)
        is_empty = value is None or (isinstance(value, str) and not value.strip())
        reasons.append(
            f"{column.name} is empty, but required" if is_empty else f"{column.name}: {value!r} is not {meaning}"
        )
        remedies.append("deliver a value on every line" if is_empty else remedy)
    return Reject(
        line=int(records.lines[row]),
        column=columns[0].name,
        reason="; ".join(reasons),
        remedy="; ".join(dict.fromkeys(remedies)),
        text=records.text_of(row),
    )
