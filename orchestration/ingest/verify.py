# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Whether what a load says and what lies in the lake agree.

Belongs here: counting again, from the files themselves, what the manifest claims. Does not belong here: the load.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from orchestration.ingest.columns import Feed
from orchestration.ingest.lake import day_folder, feed_folder, rejects_folder
from orchestration.ingest.manifest import ManifestRow
from orchestration.settings import Settings


def conservation_gaps(settings: Settings, feed: Feed, files: Iterable[ManifestRow]) -> list[str]:
    """Where lines read, rows in the lake and rejects do not add up; empty when nothing was lost or doubled.

    `files`: the manifest rows of whole loads of one feed. Cost follows their landing days, not the history.
    """
    gaps: list[str] = []
    claimed_rows: Counter[tuple[date, str]] = Counter()
    claimed_rejects: Counter[tuple[date, str]] = Counter()
    for file in files:
        if file.lines_read != file.rows_loaded + file.rows_rejected:
            gaps.append(
                f"{file.file_name}: {file.lines_read} lines read, {file.rows_loaded} loaded, "
                f"{file.rows_rejected} rejected"
            )
        claimed_rows[file.landed_on, file.load_id] += file.rows_loaded
        claimed_rejects[file.landed_on, file.load_id] += file.rows_rejected
    for folder, claimed in (
        (feed_folder(settings, feed), claimed_rows),
        (rejects_folder(settings, feed), claimed_rejects),
    ):
        for (day, load_id), count in claimed.items():
            stored = _stored(folder / day_folder(day), load_id)
            if stored != count:
                gaps.append(f"{folder / day_folder(day)}: the manifest has {count} rows, the files {stored}")
    return gaps


def _stored(folder: Path, load_id: str) -> int:
    return sum(pq.read_metadata(path).num_rows for path in folder.glob(f"{load_id}-*.parquet"))
