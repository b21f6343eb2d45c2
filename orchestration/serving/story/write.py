"""Where leads' pages lie, and how they get there.

Belongs here: paths, and how many are kept. Does not belong here: what they say (`collect.py`), layout (`show.py`).
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.ingest.lake import write_atomically
from orchestration.serving.story.collect import collect_stories
from orchestration.serving.story.show import page, page_name
from orchestration.settings import Settings

FOLDER = "leads"
STORIES_KEPT = 2_000


def write_stories(settings: Settings, con: duckdb.DuckDBPyConnection, lead_ids: Sequence[str]) -> list[Path]:
    """A page under `reports/leads/` for each of `lead_ids`; the oldest pages go when there are too many."""
    folder = settings.reports / FOLDER
    written: list[Path] = []
    for story in collect_stories(con, lead_ids, zone=settings.zone, currency=settings.currency):
        path, text = folder / page_name(story.lead_id), page(story)
        write_atomically(path, lambda file, text=text: file.write(text.encode()))
        written.append(path)
    if written:
        pages = sorted(folder.glob("*.html"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in pages[STORIES_KEPT:]:
            old.unlink()
    return written
