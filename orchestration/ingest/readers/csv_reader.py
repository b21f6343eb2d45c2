# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""CSV: header, delimiter, and the walk over the file block by block.

A block in which every physical line is one sound record is parsed by Arrow; any other block goes to the careful
parser (`csv_lines.py`), which says line by line what is wrong. Both give the same records where both apply.
A blank line (empty, or spaces only) is no record: neither read nor rejected. Every physical line is
accounted for: header, blank, part of a record, or rejected.

Does not belong here: types and values (`cast.py`).
"""

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from orchestration.ingest.columns import Feed, delivered_names
from orchestration.ingest.readers.csv_lines import DamagedRecordError, ParsedLines, parse_lines, parse_record
from orchestration.ingest.records import (
    ConservationError,
    Lines,
    Records,
    RefusedFileError,
    Reject,
    match_columns,
    with_lacking,
)

DELIMITERS = (",", ";", "\t")
BLOCK_BYTES = 4 << 20
UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
NEWLINE, RETURN, QUOTE = 10, 13, 34


@dataclass
class _Walk:
    """What has been found so far; `starts` and `ends` are the first and last physical line of each record."""

    tables: list[pa.Table] = field(default_factory=list[pa.Table])
    starts: list[Lines] = field(default_factory=list[Lines])
    ends: list[Lines] = field(default_factory=list[Lines])
    rejects: list[Reject] = field(default_factory=list[Reject])
    blank_lines: int = 0

    def add(self, table: pa.Table, starts: Lines, ends: Lines) -> None:
        self.tables.append(table)
        self.starts.append(starts)
        self.ends.append(ends)


def read_csv(feed: Feed, data: bytes, block_bytes: int = BLOCK_BYTES) -> Records:
    """Read a CSV file: UTF-8 with or without BOM; `,` `;` or tab; LF, CRLF or CR; quotes doubled inside quotes.

    Raises RefusedFileError when there is no header or it breaks the contract.
    """
    data = _plain_bytes(data)
    physical_lines = _count_lines(data)
    body, header_line, header = _split_header(data)
    names, delimiter = _header_names(feed, header)
    added = match_columns(feed, names)

    walk = _Walk()
    position, line, reach = body, header_line + 1, block_bytes
    while position < len(data):
        newline = data.find(b"\n", position + reach)
        end = len(data) if newline < 0 else newline + 1
        block = data[position:end]
        table = _sound_block(block, names, delimiter)
        if table is not None:
            lines = np.arange(line, line + table.num_rows, dtype=np.int64)
            walk.add(table, lines, lines)
            line += table.num_rows
        else:
            parsed = parse_lines(block, delimiter, len(names), line, is_last=end == len(data))
            _add_parsed(walk, parsed, names)
            end = position + parsed.bytes_read
            line = parsed.next_line
        # A record that fills the block and is still open needs a longer one.
        reach = block_bytes if end > position else 2 * reach
        position = end
    records = _records(walk, names, data, header_line, physical_lines, added)
    return replace(records, values=with_lacking(feed, records.values))


def _plain_bytes(data: bytes) -> bytes:
    if data.startswith(UTF16_BOMS):
        raise RefusedFileError("is UTF-16: export it as UTF-8")
    data = data.removeprefix(UTF8_BOM)
    return data.replace(b"\r", b"\n") if b"\n" not in data else data


def _count_lines(data: bytes) -> int:
    return data.count(b"\n") + (0 if data.endswith(b"\n") or not data else 1)


def _split_header(data: bytes) -> tuple[int, int, str]:
    """The offset behind the header, its line number and its text."""
    position, line = 0, 1
    while position < len(data):
        newline = data.find(b"\n", position)
        end = len(data) if newline < 0 else newline + 1
        raw = data[position:end].rstrip(b"\r\n")
        if raw.strip():
            try:
                return end, line, raw.decode()
            except UnicodeDecodeError as error:
                raise RefusedFileError("has a header that is not UTF-8: export it as UTF-8") from error
        position, line = end, line + 1
    raise RefusedFileError("is empty, without even a header: deliver the header line when there are no rows")


def _header_names(feed: Feed, header: str) -> tuple[list[str], str]:
    """The trimmed column names, split by the delimiter under which most of them are the contract's."""
    declared = {column.name for column in feed.columns}
    readings: list[tuple[int, list[str], str]] = []
    for delimiter in DELIMITERS:
        try:
            names = delivered_names(feed, [name.strip() for name in parse_record([header], 0, delimiter)[0]])
        except DamagedRecordError:
            continue
        readings.append((len(declared.intersection(names)), names, delimiter))
    if not readings:
        raise RefusedFileError("has a header with an unpaired quote: repair the export")
    _, names, delimiter = max(readings, key=lambda reading: reading[0])
    return names, delimiter


def _sound_block(block: bytes, names: list[str], delimiter: str) -> pa.Table | None:
    """The block parsed by Arrow, if each of its physical lines is beyond doubt one whole record; else None."""
    if b"\0" in block or block.count(b"\r") != block.count(b"\r\n") or not _quotes_are_plain(block, delimiter):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(block),
            read_options=arrow_csv.ReadOptions(column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == _count_lines(block) else None


def _quotes_are_plain(block: bytes, delimiter: str) -> bool:
    """Whether quotes come in pairs and each touches a delimiter, a line end or another quote."""
    content = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(content == QUOTE)
    if not len(quotes) or len(quotes) % 2:
        return not len(quotes)
    is_neighbour = np.zeros(256, dtype=np.bool_)
    is_neighbour[[ord(delimiter), NEWLINE, RETURN, QUOTE]] = True
    after = np.append(content, np.uint8(NEWLINE))[quotes + 1]
    touches = is_neighbour[content[quotes - 1]] | is_neighbour[after]
    return bool((touches | (quotes == 0)).all())


def _add_parsed(walk: _Walk, parsed: ParsedLines, names: list[str]) -> None:
    columns = list(zip(*parsed.rows, strict=True)) or [()] * len(names)
    table = pa.table([pa.array(column, pa.string()) for column in columns], names=names)
    walk.add(table, np.array(parsed.starts, dtype=np.int64), np.array(parsed.ends, dtype=np.int64))
    walk.rejects += parsed.rejects
    walk.blank_lines += parsed.blank_lines


def _records(
    walk: _Walk,
    names: list[str],
    data: bytes,
    header_line: int,
    physical_lines: int,
    added: tuple[str, ...],
) -> Records:
    empty = pa.schema([(name, pa.string()) for name in names]).empty_table()
    starts = np.concatenate([np.zeros(0, dtype=np.int64), *walk.starts])
    ends = np.concatenate([np.zeros(0, dtype=np.int64), *walk.ends])
    accounted = header_line + walk.blank_lines + len(walk.rejects) + int((ends - starts + 1).sum())
    if accounted != physical_lines:
        raise ConservationError(f"{physical_lines} physical lines, but {accounted} accounted for")

    @cache
    def line_ends() -> Lines:
        content = np.frombuffer(data, dtype=np.uint8)
        return np.concatenate([[-1], np.flatnonzero(content == NEWLINE), [len(data)]])

    def text_of(row: int) -> str:
        start, end = line_ends()[starts[row] - 1] + 1, line_ends()[ends[row]]
        return data[start:end].decode().removesuffix("\r")

    return Records(
        values=pa.concat_tables([empty, *walk.tables]),
        lines=starts,
        rejects=tuple(walk.rejects),
        text_of=text_of,
        lines_read=len(starts) + len(walk.rejects),
        added_columns=added,
    )
