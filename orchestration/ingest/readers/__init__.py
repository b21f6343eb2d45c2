"""One reader per file format: bytes in, `Records` out.

Belongs here: choosing the reader, and decompression. Does not belong here: types and values (`cast.py`).
"""

import gzip
import zlib
from collections.abc import Callable

from orchestration.ingest.columns import Feed
from orchestration.ingest.readers.csv_reader import read_csv
from orchestration.ingest.readers.json_reader import read_json_lines
from orchestration.ingest.readers.parquet_reader import read_parquet
from orchestration.ingest.readers.yaml_reader import read_yaml
from orchestration.ingest.records import Records, RefusedFileError

READERS: dict[str, Callable[[Feed, bytes], Records]] = {
    "csv": read_csv,
    "jsonl": read_json_lines,
    "parquet": read_parquet,
    "yml": read_yaml,
}
"""Format to reader; `csv.gz` and `jsonl.gz` are the same formats, compressed."""

COMPRESSIBLE = ("csv", "jsonl")
FORMATS = ("csv", "jsonl", "parquet", *(f"{name}.gz" for name in COMPRESSIBLE))
"""What may lie in landing; YAML is for the plan alone."""


def format_of(file_name: str) -> str | None:
    """The format that a file's name ends with, `csv.gz`; None when there is no reader for it."""
    matches = [name for name in FORMATS if file_name.lower().endswith(f".{name}")]
    return max(matches, key=len, default=None)


def read_records(feed: Feed, file_format: str, data: bytes) -> Records:
    """Read one file's bytes. Raises RefusedFileError when the file cannot be read or breaks the contract."""
    if file_format.endswith(".gz"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise RefusedFileError(f"cannot be decompressed ({error}): deliver it again") from error
    return READERS[file_format.removesuffix(".gz")](feed, data)
