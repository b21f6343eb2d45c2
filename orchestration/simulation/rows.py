"""Columns that stay numbers until the moment they are written: rows are chosen first, text is made after.

Belongs here: column kinds, and rows with their delivery day. Does not belong here: which columns a feed has, or files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestration.simulation.arrays import NEVER, Bools, Floats, Ints

# pyarrow ships no type information; as Any it is checked at the borders of this module's functions.
arrow: Any = import_module("pyarrow")
compute: Any = import_module("pyarrow.compute")

Table = Any
"""A pyarrow.Table."""
Array = Any
"""A pyarrow.Array."""


class Column(Protocol):
    """Values of one column, one per row."""

    def render(self, rows: Ints) -> Array:
        """The values of the chosen rows as an Arrow array."""
        ...


@dataclass(frozen=True)
class Text:
    """One of a list of texts per row; -1 is null."""

    codes: Ints
    lookup: Array

    @classmethod
    def of(cls, codes: Ints, values: Sequence[str]) -> "Text":
        return cls(codes, arrow.array(list(values), type=arrow.string()))

    def render(self, rows: Ints) -> Array:
        codes = self.codes[rows]
        return self.lookup.take(arrow.array(codes, mask=codes < 0))


@dataclass(frozen=True)
class Ident:
    """An identifier `<prefix><number>`; numbers below 0 are null."""

    prefix: str
    numbers: Ints
    width: int = 7

    def render(self, rows: Ints) -> Array:
        numbers = self.numbers[rows]
        return _nulled(numbered(self.prefix, numbers, self.width), numbers < 0)


@dataclass(frozen=True)
class Stamp:
    """An instant, written as 2026-03-02T14:05:09Z; NEVER is null."""

    at: Ints

    def render(self, rows: Ints) -> Array:
        at = self.at[rows]
        return _nulled(stamps(np.where(at >= NEVER, 0, at)), at >= NEVER)


@dataclass(frozen=True)
class Date:
    """A date by day number; NEVER is null."""

    days: Ints

    def render(self, rows: Ints) -> Array:
        days = self.days[rows]
        return arrow.array(days.astype("datetime64[D]"), mask=days >= NEVER)


@dataclass(frozen=True)
class Instant:
    """An instant as a typed timestamp, for formats that have types."""

    at: Ints

    def render(self, rows: Ints) -> Array:
        return arrow.array(self.at[rows] * 1_000_000).cast(arrow.timestamp("us", tz="UTC"))


@dataclass(frozen=True)
class Number:
    """A number per row; `absent` marks nulls."""

    values: Ints | Floats
    absent: Bools | None = None

    def render(self, rows: Ints) -> Array:
        return arrow.array(self.values[rows], mask=None if self.absent is None else self.absent[rows])


@dataclass(frozen=True)
class Flag:
    """True or false per row; `absent` marks nulls."""

    values: Bools
    absent: Bools | None = None

    def render(self, rows: Ints) -> Array:
        return arrow.array(self.values[rows], mask=None if self.absent is None else self.absent[rows])


@dataclass(frozen=True)
class Constant:
    """The same value in every row."""

    value: str | bool | int

    def render(self, rows: Ints) -> Array:
        return arrow.repeat(self.value, len(rows))


@dataclass(frozen=True)
class Nothing:
    """A text column without a value."""

    def render(self, rows: Ints) -> Array:
        return arrow.nulls(len(rows), arrow.string())


@dataclass(frozen=True)
class Zoneless:
    """Instants as a database writes them: 2026-03-02 14:05:09, in UTC."""

    column: Column

    def render(self, rows: Ints) -> Array:
        day_and_time = compute.utf8_slice_codeunits(self.column.render(rows), 0, 19)
        return compute.replace_substring(day_and_time, "T", " ")


@dataclass(frozen=True)
class Midnight:
    """The day (UTC) of instants, as a database writes a day's first instant."""

    column: Column

    def render(self, rows: Ints) -> Array:
        day = compute.utf8_slice_codeunits(self.column.render(rows), 0, 10)
        return compute.binary_join_element_wise(day, " 00:00:00", "")


@dataclass(frozen=True)
class Compact:
    """The day (UTC) of instants as 20260302."""

    column: Column

    def render(self, rows: Ints) -> Array:
        return compute.replace_substring(compute.utf8_slice_codeunits(self.column.render(rows), 0, 10), "-", "")


@dataclass(frozen=True)
class Joined:
    """Several columns written one after another; null where any of them is."""

    parts: tuple["Column | str", ...]

    def render(self, rows: Ints) -> Array:
        parts = [part if isinstance(part, str) else part.render(rows) for part in self.parts]
        return compute.binary_join_element_wise(*parts, "")


@dataclass(frozen=True)
class Json:
    """A JSON object per row: of the fields that are texts there; null without any."""

    fields: Mapping[str, "Column"]

    def render(self, rows: Ints) -> Array:
        pairs = [
            compute.binary_join_element_wise(f'"{name}": "', column.render(rows), '"', "")
            for name, column in self.fields.items()
        ]
        inside = compute.binary_join_element_wise(*pairs, ", ", null_handling="skip")
        shown = compute.binary_join_element_wise("{", inside, "}", "")
        return _nulled(shown, compute.equal(inside, "").to_numpy(zero_copy_only=False))


@dataclass(frozen=True)
class JsonList:
    """A JSON list per row: of the column's objects that are there."""

    objects: Sequence["Column"]

    def render(self, rows: Ints) -> Array:
        parts = [column.render(rows) for column in self.objects]
        inside = compute.binary_join_element_wise(*parts, ", ", null_handling="skip")
        return compute.binary_join_element_wise("[", inside, "]", "")


@dataclass(frozen=True)
class Upper:
    """A column in capitals."""

    column: Column

    def render(self, rows: Ints) -> Array:
        return compute.utf8_upper(self.column.render(rows))


@dataclass(frozen=True)
class At:
    """A column of another grain: row r shows value `index[r]` of `column`; -1 is null."""

    index: Ints
    column: Column

    def render(self, rows: Ints) -> Array:
        index = self.index[rows]
        return _nulled(self.column.render(np.maximum(index, 0)), index < 0)


@dataclass(frozen=True)
class Either:
    """`then` where the condition holds, else `otherwise`."""

    condition: Bools
    then: Column
    otherwise: Column

    def render(self, rows: Ints) -> Array:
        condition = arrow.array(self.condition[rows])
        return compute.if_else(condition, self.then.render(rows), self.otherwise.render(rows))


@dataclass(frozen=True)
class Spelled:
    """Numbers or flags as text, for columns that hold values of any kind."""

    column: Column

    def render(self, rows: Ints) -> Array:
        return self.column.render(rows).cast(arrow.string())


@dataclass(frozen=True)
class Only:
    """A column's values where the condition holds, null elsewhere."""

    condition: Bools
    column: Column

    def render(self, rows: Ints) -> Array:
        return _nulled(self.column.render(rows), ~self.condition[rows])


@dataclass(frozen=True)
class Rows:
    """Rows of one feed, each with the business day on which its system delivers it.

    With `key`, a row is a version of an entity: of the versions delivered on one day only the last, by `order`,
    is written, as an extract made at the end of the day shows it.
    """

    day: Ints
    order: Ints
    columns: Mapping[str, Column]
    key: Ints | None = None
    keep: Bools | None = None
    """Rows that belong to the delivery at all; all when not given."""

    def due(self, opening: int, first: int, last: int) -> tuple[Ints, Ints]:
        """Rows to deliver in [first, last] and their days, sorted; what is older goes with day `opening`.

        With `opening` below 0 what is older has been delivered before.
        """
        day = np.maximum(self.day, opening) if opening >= 0 else self.day
        wanted = ((day >= first) | (day == opening)) & (day <= last)
        rows = np.flatnonzero(wanted if self.keep is None else wanted & self.keep)
        rows = rows[np.lexsort((self.order[rows], day[rows]))]
        if self.key is not None:
            rows = rows[_last_versions(self.key[rows], day[rows])]
        return rows, day[rows]

    def render(self, rows: Ints) -> Table:
        """The chosen rows as a table."""
        return arrow.table({name: column.render(rows) for name, column in self.columns.items()})


def _last_versions(key: Ints, day: Ints) -> Bools:
    """Of rows sorted by day and order, those that are the last of their key on their day."""
    by_key = np.lexsort((day, key))
    same = (key[by_key][1:] == key[by_key][:-1]) & (day[by_key][1:] == day[by_key][:-1])
    last = np.ones(len(key), dtype=np.bool_)
    last[by_key[:-1]] = ~same
    return last


def _nulled(values: Array, absent: Bools) -> Array:
    if not absent.any():
        return values
    return compute.if_else(arrow.array(absent), arrow.scalar(None, values.type), values)


def numbered(prefix: str, numbers: Ints, width: int) -> Array:
    """Texts `<prefix><zero-padded number>` as one fixed-width block of bytes."""
    block = np.empty((len(numbers), len(prefix) + width), dtype=np.uint8)
    block[:, : len(prefix)] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    _digits(block, len(prefix), width, np.maximum(numbers, 0))
    return _texts(block)


def stamps(at: Ints) -> Array:
    """Instants (UTC epoch seconds) as texts 2026-03-02T14:05:09Z."""
    block = np.empty((len(at), 20), dtype=np.uint8)
    days, seconds = np.divmod(at, 86400)
    dates, which = np.unique(days, return_inverse=True)
    shown = "".join(str(day) for day in dates.astype("datetime64[D]"))
    if len(dates):
        block[:, :10] = np.frombuffer(shown.encode("ascii"), dtype=np.uint8).reshape(-1, 10)[which]
    block[:, 10], block[:, 13], block[:, 16], block[:, 19] = ord("T"), ord(":"), ord(":"), ord("Z")
    _digits(block, 11, 2, seconds // 3600)
    _digits(block, 14, 2, seconds // 60 % 60)
    _digits(block, 17, 2, seconds % 60)
    return _texts(block)


def _digits(block: NDArray[np.uint8], start: int, width: int, numbers: Ints) -> None:
    rest = numbers
    for place in range(start + width - 1, start - 1, -1):
        rest, digit = np.divmod(rest, 10)
        block[:, place] = digit + ord("0")


def _texts(block: NDArray[np.uint8]) -> Array:
    count, width = block.shape
    offsets = np.arange(count + 1, dtype=np.int32) * width
    buffers = [None, arrow.py_buffer(offsets.tobytes()), arrow.py_buffer(block.tobytes())]
    return arrow.StringArray.from_buffers(count, buffers[1], buffers[2])
