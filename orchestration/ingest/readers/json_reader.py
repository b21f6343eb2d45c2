# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""JSON lines: one object per physical line; a key that is absent is NULL, as most exports leave out what is null.

Values are taken as text exactly as written (so a 19-digit id stays whole); a nested value is kept as its JSON.
A blank line is no record. Does not belong here: types and values (`cast.py`).
"""

import json

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.ingest.columns import Feed
from orchestration.ingest.records import Records, Reject, match_columns

UTF8_BOM = b"\xef\xbb\xbf"
NEWLINE = 10

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
        connection.register("delivered", pa.table({"line": lines}))
        kinds = connection.execute(f"select {_KIND} as kind from delivered").to_arrow_table()["kind"].to_numpy()
        for kind, (reason, remedy) in _FAULTS.items():
            for index in np.flatnonzero(kinds == kind):
                text = lines[index].as_py().rstrip("\r\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
                rejects.append(Reject(int(index) + 1, None, reason, remedy, text))

        is_object = kinds == "object"
        connection.register("record", pa.table({"line": lines.filter(pa.array(is_object))}))
        names = _keys(connection)
        added = match_columns(feed, names, optional_may_lack=True) if is_object.any() else ()
        values = _values(connection, [*(column.name for column in feed.columns), *added])
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


def _keys(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The keys that occur, in the order of their first occurrence."""
    found = connection.execute(
        "with shape as (select json_keys(line) as keys, row_number() over () as place from record), "
        "seen as (select keys, min(place) as place from shape group by keys) "
        "select key from (select unnest(keys) as key, place from seen) group by key order by min(place), key"
    )
    return [row[0] for row in found.fetchall()]


def _values(connection: duckdb.DuckDBPyConnection, names: list[str]) -> pa.Table:
    shape = json.dumps(dict.fromkeys(names, "VARCHAR")).replace("'", "''")
    return connection.execute(f"select unnest(json_transform(line, '{shape}')) from record").to_arrow_table()
