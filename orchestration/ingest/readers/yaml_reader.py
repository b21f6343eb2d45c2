# pyright: reportUnknownVariableType=false, reportUnknownParameterType=false, reportUnknownArgumentType=false
"""YAML: one list whose entries are records; a key that is absent is NULL, a nested value is kept as its JSON.

For plan files that people write by hand; systems deliver CSV, JSON lines or Parquet. Does not belong here: types and
values (`cast.py`), nor what a nested value may say (the plan's checks).
"""

import json
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.located_yaml import YamlError, parse_located
from orchestration.ingest.columns import Feed
from orchestration.ingest.records import Records, RefusedFileError, match_columns


def read_yaml(feed: Feed, data: bytes) -> Records:
    """Read a YAML file. Raises RefusedFileError for bad syntax, or when its keys break the contract."""
    try:
        document = parse_located(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RefusedFileError(f"is not UTF-8 (byte {error.start + 1}): save it as UTF-8") from error
    except YamlError as error:
        raise RefusedFileError(f"{error}: write valid YAML") from error
    entries = document.data if document.data is not None else []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RefusedFileError("is not a list of entries: begin each one with `- ` at the start of its line")
    names = list(dict.fromkeys(str(key) for entry in entries for key in entry))
    added = match_columns(feed, names, optional_may_lack=True) if entries else ()
    columns = [*(column.name for column in feed.columns), *added]
    values = {name: pa.array([_text(entry.get(name)) for entry in entries], pa.string()) for name in columns}
    return Records(
        values=pa.table(values),
        lines=np.array([document.line((index,)) for index in range(len(entries))], dtype=np.int64),
        rejects=(),
        text_of=lambda row: json.dumps(entries[row], default=str),
        lines_read=len(entries),
        added_columns=added,
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, default=str) if isinstance(value, (dict, list, bool)) else str(value)
