"""From rows to files: one file per outlet and business day, in the format in which that system delivers.

Belongs here: windows, names, formats, atomic writing. Does not belong here: what rows there are.
"""

import gzip
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from orchestration.simulation.arrays import EPOCH
from orchestration.simulation.dirt import BOM, spoil
from orchestration.simulation.rows import Array, Rows, Table, arrow, compute
from orchestration.simulation.scenarios import Scenario

arrow_csv: Any = import_module("pyarrow.csv")
parquet: Any = import_module("pyarrow.parquet")

DAYS_LATE = 3
CRM_SYSTEMS = ("crm", "salesforce", "hubspot")


@dataclass(frozen=True)
class Outlet:
    """Where a system drops its files: landing/<system>/<table>/[folder/]<stem>_<day>.<kind>."""

    system: str
    table: str
    kind: str
    daily: bool = True
    """Delivers every day, if only a header; otherwise only on days with rows."""
    bom: bool = False
    folder: str = ""
    like: str = ""
    """The flat table that this one takes the place of, where faults of files can hit it."""
    nested: tuple[str, ...] = ()
    """Columns that hold JSON, not text."""

    def path(self, label: str) -> str:
        return "/".join(
            part for part in (self.system, self.table, self.folder, f"{self.table}_{label}.{self.kind}") if part
        )


@dataclass(frozen=True)
class Window:
    """The business days (day numbers) to deliver; what is older is delivered as of `opening` by new systems."""

    opening: int
    first: int
    last: int
    scenario: Scenario
    fault_start: int
    running: frozenset[str]
    """Systems that delivered before `first`: what is older has been delivered."""

    def opening_of(self, outlet: Outlet) -> int:
        """The day of an outlet's full extract; -1 where there is none."""
        return -1 if outlet.system in self.running else self.opening

    def is_late(self, outlet: Outlet, day: int) -> bool:
        """Whether that day's file arrives DAYS_LATE days after its day."""
        late = self.scenario is Scenario.CRM_FEED_LATE and outlet.system in CRM_SYSTEMS
        return late and day != self.opening_of(outlet) and day >= self.fault_start


@dataclass
class Delivery:
    """Files being written to a landing folder; rows wait until their day is complete."""

    out: Path
    window: Window
    files: int = 0
    size: int = 0
    """Bytes written."""
    rows: dict[str, int] = field(default_factory=dict[str, int])
    _waiting: dict[int, dict[Outlet, list[Table]]] = field(
        default_factory=lambda: defaultdict[int, dict[Outlet, list[Table]]](lambda: defaultdict(list))
    )
    _empty: dict[Outlet, Table] = field(default_factory=dict[Outlet, Table])
    _written: int = -1

    def add(self, outlet: Outlet, rows: Rows) -> None:
        """Take those of `rows` that fall in the window."""
        if outlet not in self._empty:
            self._empty[outlet] = rows.render(np.zeros(0, dtype=np.int64))
        window = self.window
        first = window.first - DAYS_LATE if window.scenario is Scenario.CRM_FEED_LATE else window.first
        chosen, days = rows.due(window.opening_of(outlet), first, window.last)
        if not len(chosen):
            return
        table = rows.render(chosen)
        starts = np.flatnonzero(np.diff(days, prepend=-1))
        ends = np.append(starts[1:], len(days))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            self._waiting[int(days[start])][outlet].append(table.slice(start, end - start))

    def write_until(self, day: int) -> None:
        """Write every complete day up to `day`, in order."""
        for due in range(max(self._written + 1, self.window.first - DAYS_LATE), min(day, self.window.last) + 1):
            waiting = self._waiting.pop(due, {})
            for outlet in self._empty:
                self._write_day(outlet, due, waiting.get(outlet, []))
            self._written = due

    def _write_day(self, outlet: Outlet, day: int, tables: list[Table]) -> None:
        opening = day == self.window.opening_of(outlet)
        if day < self.window.opening_of(outlet):
            return
        if not tables and (opening or not outlet.daily):
            return
        late = self.window.is_late(outlet, day)
        arrives = day + DAYS_LATE if late else day
        if not opening and not self.window.first <= arrives <= self.window.last:
            return
        table = arrow.concat_tables(tables) if tables else self._empty[outlet]
        shown = _date(day).isoformat()
        label = f"{_date(arrives)}_for_{shown}" if late else f"{shown}_full" if opening else shown
        feed = f"{outlet.system}.{outlet.table}"
        self.rows[feed] = self.rows.get(feed, 0) + table.num_rows
        for name, data in self._spoiled(outlet, day, outlet.path(label), encode(table, outlet)):
            self.files += 1
            self.size += len(data)
            write(self.out / name, data)

    def _spoiled(self, outlet: Outlet, day: int, name: str, data: bytes) -> Iterable[tuple[str, bytes]]:
        days_in = day - self.window.fault_start
        if self.window.scenario is not Scenario.DIRTY_FILES or days_in < 0 or day == self.window.opening_of(outlet):
            return [(name, data)]
        return spoil(outlet.like, days_in, name, data)


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)


def encode(table: Table, outlet: Outlet) -> bytes:
    """The bytes of a file with these rows; equal rows give equal bytes."""
    if outlet.kind == "parquet":
        sink = io.BytesIO()
        parquet.write_table(table, sink)
        return sink.getvalue()
    if outlet.kind == "jsonl":
        return json_lines(table, outlet.nested)
    sink = io.BytesIO()
    arrow_csv.write_csv(table, sink)
    data = BOM + sink.getvalue() if outlet.bom else sink.getvalue()
    return gzip.compress(data, compresslevel=6, mtime=0) if outlet.kind.endswith(".gz") else data


def json_lines(table: Table, nested: Sequence[str] = ()) -> bytes:
    """One JSON object per row; the columns are texts, or numbers, or `nested` JSON."""
    parts: list[Array | str] = []
    for number, name in enumerate(table.column_names):
        values = table.column(number).combine_chunks()
        parts.append(f"{', ' if number else '{'}{json.dumps(name)}: ")
        is_text = values.type == arrow.string() and name not in nested
        parts.append(compute.fill_null(_quoted(values) if is_text else values.cast(arrow.string()), "null"))
    lines = compute.binary_join_element_wise(*parts, "}\n", "")
    return lines.buffers()[2].to_pybytes() if len(lines) else b""


def _quoted(values: Array) -> Array:
    escaped = compute.replace_substring(compute.replace_substring(values, "\\", "\\\\"), '"', '\\"')
    return compute.binary_join_element_wise('"', escaped, '"', "")


def write(path: Path, data: bytes) -> None:
    """Put the file there whole or not at all; one that already has this content is left untouched."""
    if path.exists() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)
