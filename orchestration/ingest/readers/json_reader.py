# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""JSON lines: one object per physical line; a key that is absent is NULL, as most exports leave out what is null.

Values are taken as text exactly as written (so a 19-digit id stays whole); a nested value is kept as its JSON.
A blank line is no record. Does not belong here: types and values (`cast.py`).
"""

import json
from collections.abc import Iterator

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.ingest.columns import Feed, delivered_names
from orchestration.ingest.records import Records, Reject, match_columns
from orchestration.ingest.row_order import ROW, in_row_order, numbered

UTF8_BOM = b"\xef\xbb\xbf"
NEWLINE = 10
SLICE_LINES = 100_000

_KIND = r"""
    case
        when regexp_full_match(line, '[ \t\r\n]*') then 'blank'
        when contains(line, '\u0000') or contains(line, chr(0)) then 'nul'
        when not json_valid(line) or json_type(line) <> 'OBJECT' then 'other'
        else 'object'
    end"""
_FAULTS = {
    "nul": ("holds a NUL character", "export the line without it"),
    "other": ("is not a JSON object", "deliver one whole object per line"),
}


def read_json_lines(feed: Feed, data: bytes) -> Records:
    """Read a JSON lines file. Raises RefusedFileError when its keys break the contract."""
    lines, rejects = _decoded_lines(data.removeprefix(UTF8_BOM))
    undecodable = len(rejects)
    with duckdb.connect() as connection:
        kinds = _kinds(connection, lines)
        for kind, (reason, remedy) in _FAULTS.items():
            for index in np.flatnonzero(kinds == kind):
                text = lines[index].as_py().rstrip("\r\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
                rejects.append(Reject(int(index) + 1, None, reason, remedy, text))

        is_object = kinds == "object"
        keys = _keys(connection, lines, is_object)
        names = delivered_names(feed, keys)
        added = match_columns(feed, names, optional_may_lack=True) if is_object.any() else ()
        wanted = [*(column.name for column in feed.columns), *added]
        key_of = dict(zip(names, keys, strict=True))
        values = _values(connection, lines, is_object, [key_of.get(name, name) for name in wanted])
        values = values.rename_columns(wanted)
    starts = np.flatnonzero(is_object) + 1

    def text_of(row: int) -> str:
        return lines[starts[row] - 1].as_py().rstrip("\r\n")

    return Records(
        values=values,
        lines=starts,
        rejects=tuple(rejects),
        text_of=text_of,
        lines_read=int((kinds != "blank").sum()) + undecodable,
        added_columns=added,
    )


def _decoded_lines(data: bytes) -> tuple[pa.LargeStringArray, list[Reject]]:
    """The physical lines, each with its line end; one that is not UTF-8 is rejected and left blank."""
    lines = _lines(data)
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        return _decoded_one_by_one(data)
    return lines, []


def _lines(data: bytes) -> pa.LargeStringArray:
    newlines = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == NEWLINE).astype(np.int64)
    ends = newlines + 1 if data.endswith(b"\n") or not data else np.append(newlines + 1, len(data))
    offsets = np.concatenate([[0], ends]).astype(np.int64)
    return pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(data))


def _decoded_one_by_one(data: bytes) -> tuple[pa.LargeStringArray, list[Reject]]:
    rejects: list[Reject] = []
    kept = data.split(b"\n")
    for index, raw in enumerate(kept):
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            reason = f"is not UTF-8 (byte {error.start + 1} of the line)"
            text = raw.decode(errors="replace").rstrip("\r")
            rejects.append(Reject(index + 1, None, reason, "export the file as UTF-8", text))
            kept[index] = b""
    return _lines(b"\n".join(kept)), rejects


def _slices(lines: pa.LargeStringArray, wanted: npt.NDArray[np.bool_]) -> Iterator[pa.Table]:
    """The wanted lines as numbered tables of one column, `line`, in pieces: no second copy of the file is held."""
    for start in range(0, max(len(lines), 1), SLICE_LINES):
        piece = slice(start, start + SLICE_LINES)
        yield numbered(pa.table({"line": lines[piece].filter(pa.array(wanted[piece], pa.bool_()))}))


def _kinds(connection: duckdb.DuckDBPyConnection, lines: pa.LargeStringArray) -> npt.NDArray[np.object_]:
    found: list[npt.NDArray[np.object_]] = []
    for piece in _slices(lines, np.ones(len(lines), dtype=np.bool_)):
        connection.register("delivered", piece)
        kinds = connection.execute(f"select {ROW}, {_KIND} as kind from delivered").to_arrow_table()
        found.append(in_row_order(kinds)["kind"].to_numpy())
    return np.concatenate(found)


def _keys(
    connection: duckdb.DuckDBPyConnection, lines: pa.LargeStringArray, is_object: npt.NDArray[np.bool_]
) -> list[str]:
    """The keys that occur, in the order of their first occurrence."""
    keys: dict[str, None] = {}
    for piece in _slices(lines, is_object):
        connection.register("record", piece)
        shapes = connection.execute(
            f"with shape as (select json_keys(line) as keys, {ROW} from record) "
            f"select keys from shape group by keys order by min({ROW})"
        )
        for (shape,) in shapes.fetchall():
            keys.update(dict.fromkeys(shape))
    return list(keys)


def _values(
    connection: duckdb.DuckDBPyConnection,
    lines: pa.LargeStringArray,
    is_object: npt.NDArray[np.bool_],
    names: list[str],
) -> pa.Table:
    shape = json.dumps(dict.fromkeys(names, "VARCHAR")).replace("'", "''")
    tables: list[pa.Table] = []
    for piece in _slices(lines, is_object):
        connection.register("record", piece)
        query = f"select {ROW}, json_transform(line, '{shape}') as record from record"
        records = in_row_order(connection.execute(query).to_arrow_table())["record"]
        tables.append(pa.Table.from_struct_array(records))
    return pa.concat_tables(tables)
