"""What a vendor's table is: an outlet, and rows made by calling the company's facts by that vendor's names.

Belongs here: the words in which a shape is written. Does not belong here: any vendor's columns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np

from orchestration.simulation.arrays import Bools, Ints
from orchestration.simulation.delivery import Outlet
from orchestration.simulation.rows import Column, Constant, Flag, Ident, Joined, Number, Rows, Stamp, Text, Zoneless
from orchestration.simulation.story import Setting, Story

Columns = Mapping[str, Column]
Subject = TypeVar("Subject", Setting, Story)

SYNCED_AT = 31 * 3600
"""Seconds after a day's start (UTC) at which the loader reads that day's changes: in the night that follows."""


@dataclass(frozen=True)
class Source:
    """One table of a system: its files, its rows of each cohort, and those that belong to no cohort."""

    outlet: Outlet
    told: tuple[Callable[[Story], Rows], ...] = ()
    listed: tuple[Callable[[Setting], Rows], ...] = ()


def shaped(
    facts: Callable[[Subject], Rows],
    columns: Callable[[Columns], Columns],
    where: Callable[[Columns], Bools] | None = None,
) -> Callable[[Subject], Rows]:
    """The rows of `facts` under other columns; only those for which `where` holds."""

    def rows(subject: Subject) -> Rows:
        found = facts(subject)
        keep = None if where is None else where(found.columns)
        return replace(found, columns=columns(found.columns), keep=keep)

    return rows


def loaded(
    facts: Callable[[Subject], Rows],
    columns: Callable[[Columns], Columns],
    where: Callable[[Columns], Bools] | None = None,
) -> Callable[[Subject], Rows]:
    """As `shaped`, as a loader copies it: with the instant at which it read each row."""

    def rows(subject: Subject) -> Rows:
        found = shaped(facts, columns, where)(subject)
        synced = Zoneless(Stamp(found.day * 86400 + SYNCED_AT))
        return replace(found, columns={**found.columns, "_fivetran_synced": synced})

    return rows


def picked(facts: Columns, *names: str) -> dict[str, Column]:
    """These of the facts' columns under their own names."""
    return {name: facts[name] for name in names}


def without(*names: str) -> Callable[[Columns], Columns]:
    """All of the facts' columns but these."""
    return lambda facts: {name: column for name, column in facts.items() if name not in names}


def always(**values: str | bool | int) -> dict[str, Column]:
    """Columns that hold the same in every row."""
    return {name: Constant(value) for name, value in values.items()}


def renumbered(column: Column, prefix: str, digits: int, suffix: str = "") -> Column:
    """An identifier as another system writes it: its cohort and number as so many digits."""
    ident = cast(Ident, column)
    cohort = "".join(character for character in ident.prefix if character.isdigit())
    number = Ident(prefix + cohort, ident.numbers, digits - len(cohort))
    return Joined((number, suffix)) if suffix else number


def recoded(column: Column, name: Callable[[int], str]) -> Column:
    """A text column with other words for the same values, by their position."""
    return Text.of(cast(Text, column).codes, [name(code) for code in range(len(words(column)))])


def reworded(column: Column, others: Mapping[str, str]) -> Column:
    """A text column with other words for the same values."""
    return recoded(column, lambda code: others[words(column)[code]])


def words(column: Column) -> list[str]:
    """The values that a text column can hold, by their position."""
    return cast(Text, column).lookup.to_pylist()


def is_word(column: Column, *wanted: str) -> Bools:
    """Whether a text column holds one of these words."""
    return np.isin(cast(Text, column).codes, [code for code, word in enumerate(words(column)) if word in wanted])


def is_given(column: Column) -> Bools:
    """Whether a text or an identifier is there."""
    return (column.codes if isinstance(column, Text) else cast(Ident, column).numbers) >= 0


def of_status(facts: Columns) -> Bools:
    """Which changes of a lead are of its status."""
    return is_word(facts["event_type"], "status")


def of_owner(facts: Columns) -> Bools:
    """Which changes of a lead are of its owner."""
    return is_word(facts["event_type"], "owner")


def with_reason(facts: Columns) -> Bools:
    """Which changes of a lead came with a reason."""
    return is_given(facts["reason"])


def is_true(column: Column) -> Bools:
    """Whether a flag is set; false where it is empty."""
    flag = cast(Flag, column)
    return flag.values if flag.absent is None else flag.values & ~flag.absent


def is_false(column: Column) -> Bools:
    """Whether a flag is known not to be set."""
    flag = cast(Flag, column)
    return ~flag.values if flag.absent is None else ~flag.values & ~flag.absent


def instants(column: Column) -> Ints:
    """The instants behind a column of times (UTC epoch seconds)."""
    return cast(Stamp, column).at


def times(column: Column, factor: int) -> Column:
    """A column of numbers in another unit."""
    number = cast(Number, column)
    return Number(number.values * factor, number.absent)


def split(total: Column, tenths: int, unit: float = 1.0) -> tuple[Number, Number]:
    """A column of amounts in two parts, the first `tenths` of ten, in whole `unit`s; together they are the total."""
    whole = np.rint(np.asarray(cast(Number, total).values) / unit).astype(np.int64)
    first = whole * tenths // 10
    return Number(first), Number(whole - first)
