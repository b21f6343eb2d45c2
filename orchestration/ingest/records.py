# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""What a reader hands over, whatever the format: records with their lines, rejects, or a refusal of the file.

Belongs here: these types and the rule by which delivered column names meet the contract. Does not belong here:
how a format is parsed (`readers/`), nor how values become typed (`cast.py`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.errors import AndonError
from orchestration.ingest.columns import TRACE_FIELDS, Column, Feed

RESERVED_NAMES = frozenset(field.name for field in TRACE_FIELDS) | {"_file_no"}
SIMILARITY = 0.6

Lines = npt.NDArray[np.int64]


class RefusedFileError(AndonError):
    """A file breaks its feed's contract or cannot be read: none of it is loaded. The text says what to do."""


class ConservationError(Exception):
    """Lines read, rows loaded and rows rejected do not add up: nothing of the load is committed."""


@dataclass(frozen=True)
class Reject:
    """One record that was not loaded: where it stands, what is wrong, what to do, and its text as delivered."""

    line: int
    column: str | None
    reason: str
    remedy: str
    text: str


@dataclass(frozen=True)
class Records:
    """One file's records. `values`: a row per record, columns under their delivered names, text unless the
    format has types. `lines`: the physical line where each starts. `text_of(row)`: the record as delivered.
    `lines_read`: records the reader saw, counted before any was judged.
    """

    values: pa.Table
    lines: Lines
    rejects: tuple[Reject, ...]
    text_of: Callable[[int], str]
    lines_read: int
    added_columns: tuple[str, ...]


def match_columns(feed: Feed, names: Sequence[str], optional_may_lack: bool = False) -> tuple[str, ...]:
    """The delivered column names that the contract does not have, in delivered order.

    Names (as `delivered_names` gives them) must match exactly. With `optional_may_lack` (formats that leave out what is
    null) an optional column may be absent, unless another name looks like it; in a tolerant feed it always may. Raises
    RefusedFileError naming every column at fault.
    """
    problems = _name_problems(names)
    declared = {column.name for column in feed.columns}
    added = tuple(name for name in names if name not in declared)
    unclaimed = [name for name in added if name]
    for column in feed.columns:
        if column.name in names or (feed.tolerant and _may_lack(feed, column)):
            continue
        lookalike = _lookalike(column.name, unclaimed)
        if lookalike is not None:
            unclaimed.remove(lookalike)
            problems.append(
                f"column {column.name} is missing, and {lookalike!r} looks like it under another name: "
                f"rename it to {column.name} in the export"
            )
        elif column.required or not (optional_may_lack or column.may_lack):
            problems.append(_missing(column))
    if problems:
        raise RefusedFileError("; ".join(problems))
    return added


def with_lacking(feed: Feed, values: pa.Table) -> pa.Table:
    """`values` with an empty text column for each column of the contract that the file does without."""
    for column in feed.columns:
        if column.name not in values.column_names and _may_lack(feed, column):
            values = values.append_column(column.name, pa.nulls(values.num_rows, pa.string()))
    return values


def _may_lack(feed: Feed, column: Column) -> bool:
    return column.may_lack or (feed.tolerant and not column.required)


def _name_problems(names: Sequence[str]) -> list[str]:
    problems = [
        f"column {position} of the header has no name: name it or remove it"
        for position, name in enumerate(names, start=1)
        if not name
    ]
    # SQL does not tell `Email` from `email`, so a pair that differs in case only is a duplicate.
    for lowered, count in Counter(name.lower() for name in names if name).items():
        if count > 1:
            same = sorted({name for name in names if name.lower() == lowered})
            problems.append(f"column {' / '.join(same)} stands {count} times: deliver it once")
    problems += [
        f"column {name} is a name that the lake keeps for itself: rename it in the export"
        for name in names
        if name.lower() in RESERVED_NAMES
    ]
    return problems


def _missing(column: Column) -> str:
    remedy = "deliver it with a value on every line" if column.required else "deliver it, empty if not known"
    return f"column {column.name} ({column.description}) is missing: {remedy}"


def _lookalike(name: str, candidates: Sequence[str]) -> str | None:
    plain = {_plain(candidate): candidate for candidate in reversed(candidates)}
    found = get_close_matches(_plain(name), list(plain), n=1, cutoff=SIMILARITY)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())
