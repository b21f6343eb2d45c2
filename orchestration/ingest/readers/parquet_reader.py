# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""Parquet: columns keep their delivered types, and each is cast to the contract's type later (`cast.py`).

Belongs here: making delivered Arrow types plain. A line number is the record's place in the file, from 1.
"""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.columns import ColumnType, Feed, delivered_names
from orchestration.ingest.records import Records, RefusedFileError, match_columns, with_lacking


def read_parquet(feed: Feed, data: bytes) -> Records:
    """Read a Parquet file. Raises RefusedFileError when it is damaged or its columns break the contract."""
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise RefusedFileError(f"cannot be read as Parquet ({error}): deliver it again") from error
    table = table.rename_columns(delivered_names(feed, table.column_names))
    added = match_columns(feed, table.column_names)
    _refuse_float_text(feed, table)
    plain = pa.table([_plain(column) for column in table.columns], names=table.column_names)

    def text_of(row: int) -> str:
        return json.dumps(plain.slice(row, 1).to_pylist()[0], default=str, ensure_ascii=False)

    lines = np.arange(1, table.num_rows + 1, dtype=np.int64)
    return Records(with_lacking(feed, plain), lines, (), text_of, table.num_rows, added)


def _refuse_float_text(feed: Feed, table: pa.Table) -> None:
    floats = [
        column.name
        for column in feed.columns
        if column.type is ColumnType.TEXT
        and column.name in table.column_names
        and pa.types.is_floating(table.schema.field(column.name).type)
    ]
    if floats:
        names = ", ".join(floats)
        raise RefusedFileError(f"column {names} is floating point, in which long ids collide: deliver it as text")


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    if pa.types.is_nested(column.type):
        texts = [None if value is None else json.dumps(value, default=str) for value in column.to_pylist()]
        column = pa.chunked_array([pa.array(texts, pa.string())])
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    return column
