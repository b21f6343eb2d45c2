# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""The words in which a contract is written: column types, columns, feeds.

Belongs here: the vocabulary and how each type looks in Parquet. Does not belong here: any feed's declaration
(`contracts/`, `plan_tables.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

import pyarrow as pa

Cadence = Literal["daily", "on_change"]


class ColumnType(StrEnum):
    """The types a contract can ask for."""

    TEXT = "text"
    INT = "int"
    DECIMAL = "decimal"
    DOUBLE = "double"
    BOOL = "bool"
    DATE = "date"
    TIMESTAMP = "timestamp"


UTC_TIMESTAMP = pa.timestamp("us")

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.TEXT: pa.string(),
    ColumnType.INT: pa.int64(),
    ColumnType.DECIMAL: pa.decimal128(18, 4),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOL: pa.bool_(),
    ColumnType.DATE: pa.date32(),
    ColumnType.TIMESTAMP: UTC_TIMESTAMP,
}

TRACE_FIELDS: tuple[pa.Field, ...] = (
    pa.field("_file", pa.string()),
    pa.field("_line", pa.int64()),
    pa.field("_landed_at", UTC_TIMESTAMP),
    pa.field("_file_sha256", pa.string()),
)


@dataclass(frozen=True)
class Column:
    """One column of a contract. `required`: never NULL. `allowed`: the only values accepted, any if empty.

    `may_lack`: a column that files written before it existed do without; it reads as empty there.
    """

    name: str
    type: ColumnType
    description: str
    required: bool = False
    unit: str = ""
    allowed: tuple[str, ...] = ()
    may_lack: bool = False


@dataclass(frozen=True)
class Feed:
    """One delivered table: its grain is `key`, its rows happened at `event_time` (None: reference data).

    `tolerant`: a loader's table. An optional column may be absent, and columns beyond the contract are expected.
    """

    system: str
    table: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    event_time: str | None
    cadence: Cadence
    tolerant: bool = False

    @property
    def name(self) -> str:
        """The feed's name in the manifest and in messages, `crm.leads`."""
        return f"{self.system}.{self.table}"

    @property
    def lake_schema(self) -> pa.Schema:
        """The schema of the feed's Parquet files: contract columns, then the trace of each row."""
        return pa.schema([pa.field(c.name, ARROW_TYPES[c.type]) for c in self.columns] + list(TRACE_FIELDS))

    def column(self, name: str) -> Column:
        """The declared column `name`; KeyError when the contract has none."""
        return {c.name: c for c in self.columns}[name]


def required(column: Column) -> Column:
    """The same column, never NULL."""
    return replace(column, required=True)


def newer(column: Column) -> Column:
    """The same column, younger than its table: a file without it reads as if it were empty."""
    return replace(column, may_lack=True)


def may_lack(*columns: Column) -> tuple[Column, ...]:
    """The same columns, which a file need not have."""
    return tuple(replace(column, may_lack=True) for column in columns)


def text(name: str, description: str, allowed: Sequence[str] = ()) -> Column:
    """A text column, kept as delivered."""
    return Column(name, ColumnType.TEXT, description, allowed=tuple(allowed))


def texts(**descriptions: str) -> tuple[Column, ...]:
    """Several optional text columns, `name="description"`."""
    return tuple(text(name, description) for name, description in descriptions.items())


def integer(name: str, description: str, unit: str = "count") -> Column:
    """A whole number (64 bit)."""
    return Column(name, ColumnType.INT, description, unit=unit)


def decimal(name: str, description: str, unit: str) -> Column:
    """A decimal(18,4): money."""
    return Column(name, ColumnType.DECIMAL, description, unit=unit)


def double(name: str, description: str, unit: str) -> Column:
    """A finite floating-point number."""
    return Column(name, ColumnType.DOUBLE, description, unit=unit)


def boolean(name: str, description: str) -> Column:
    """true/false, yes/no, 1/0."""
    return Column(name, ColumnType.BOOL, description)


def day(name: str, description: str) -> Column:
    """A business date, YYYY-MM-DD."""
    return Column(name, ColumnType.DATE, description, unit="business date")


def instant(name: str, description: str) -> Column:
    """A moment in time, stored in UTC."""
    return Column(name, ColumnType.TIMESTAMP, description, unit="UTC")


def delivered_names(feed: Feed, names: Sequence[str]) -> list[str]:
    """The names of a file's columns as the contract spells them: warehouses write a loader's names in capitals."""
    return [name.lower() for name in names] if feed.tolerant else list(names)
