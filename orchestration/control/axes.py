"""The axes on which the control computes: tactics (source x segment) or sources, by week.

Belongs here: laying a mart's rows out as dense arrays. Does not belong here: any figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from orchestration.control.arrays import Bools, Floats, Ints
from orchestration.control.cells import ALL

Level = Literal["source", "tactic"]
WEEK = timedelta(days=7)


class Positions(NamedTuple):
    """The row and column of each row of a frame, and whether it is on the axes."""

    row: Ints
    column: Ints
    inside: Bools


@dataclass(frozen=True)
class Axes:
    """Rows are `sources` x `segments` pairs, columns are `weeks` (Mondays, without a gap, oldest first)."""

    sources: tuple[str, ...]
    segments: tuple[str, ...]
    weeks: tuple[date, ...]

    @cached_property
    def _source_index(self) -> "pd.Index[str]":
        return pd.Index(sorted(set(self.sources)))

    @cached_property
    def _segment_index(self) -> "pd.Index[str]":
        return pd.Index(sorted(set(self.segments)))

    @cached_property
    def _row_of(self) -> Ints:
        """(sources, segments): the row of each pair, -1 where it is none."""
        table = np.full((len(self._source_index), len(self._segment_index)), -1, dtype=np.int64)
        sources, segments = pd.Index(list(self.sources)), pd.Index(list(self.segments))
        pairs = self._source_index.get_indexer(sources), self._segment_index.get_indexer(segments)
        table[pairs] = np.arange(self.units)
        return table

    @cached_property
    def _positions(self) -> dict[tuple[int, str], tuple[pd.DataFrame, Positions]]:
        """What was laid out before: a dozen columns of one frame are read, one after the other."""
        return {}

    @property
    def units(self) -> int:
        """How many rows there are."""
        return len(self.sources)

    def frame(self) -> pd.DataFrame:
        """One row per unit: source, segment."""
        return pd.DataFrame({"source": self.sources, "segment": self.segments})

    def rows(self, frame: pd.DataFrame) -> Ints:
        """The row of each row of `frame` (source, segment), -1 where it is none of the units."""
        source = self._source_index.get_indexer(pd.Index(frame["source"]))
        if len(self._segment_index) == 1 and self._segment_index[0] == ALL:
            return np.asarray(source, dtype=np.int64)
        segment = self._segment_index.get_indexer(pd.Index(frame["segment"]))
        known = (source >= 0) & (segment >= 0)
        return np.where(known, self._row_of[source, segment], -1).astype(np.int64)

    def columns(self, weeks: "pd.Series[pd.Timestamp]") -> Ints:
        """The column of each Monday; outside of the axis below 0 or beyond the last."""
        days = weeks.to_numpy(dtype="datetime64[D]") - np.datetime64(self.weeks[0], "D")
        return np.asarray(days.astype(np.int64) // 7, dtype=np.int64)

    def positions(self, frame: pd.DataFrame, week: str = "week_start") -> Positions:
        """Where the rows of `frame` (source, segment and the Monday in `week`) lie."""
        known = self._positions.get((id(frame), week))
        if known is None:
            row, column = self.rows(frame), self.columns(frame[week])
            inside = (row >= 0) & (column >= 0) & (column < len(self.weeks))
            # The frame is kept too: an identity is only its own as long as its object lives.
            known = self._positions[id(frame), week] = (frame, Positions(row, column, inside))
        return known[1]

    def dense(self, frame: pd.DataFrame, column: str, week: str = "week_start") -> Floats:
        """(units, weeks) of sums of `column`; NaN where no row has a known value."""
        at = self.positions(frame, week)
        value = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
        inside = at.inside & ~np.isnan(value)
        cells = at.row[inside], at.column[inside]
        out = np.full((self.units, len(self.weeks)), np.nan)
        out[cells] = 0.0
        np.add.at(out, cells, value[inside])
        return out


def axes_of(frames: Sequence[pd.DataFrame], weeks: Sequence[date], level: Level) -> Axes:
    """The axes over every source and segment that any of the frames has in `weeks`, sorted."""
    within = {pd.Timestamp(week) for week in weeks}
    parts = [f.loc[pd.to_datetime(f["week_start"]).isin(within), ["source", "segment"]] for f in frames]
    pairs = pd.concat(parts, ignore_index=True)
    if level == "source":
        pairs = pairs.assign(segment=ALL)
    pairs = pairs.drop_duplicates().sort_values(["source", "segment"])
    return Axes(tuple(pairs["source"]), tuple(pairs["segment"]), tuple(weeks))


def weeks_until(week: date, first: date, most: int) -> tuple[date, ...]:
    """The Mondays up to `week`, at most `most` of them, none before `first`."""
    count = min(most, (week - first).days // 7 + 1)
    return tuple(week - WEEK * back for back in range(max(count, 1) - 1, -1, -1))
