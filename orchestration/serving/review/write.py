"""Where the review's pages lie, and how they get there: each file whole, or not at all.

Belongs here: paths. Does not belong here: what a page says, or the index (`serving/index.py`). A revision keeps its
page; a newer revision is a new file, and the week's `index.html` is the latest one.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.ingest.lake import write_atomically
from orchestration.serving.index import WEEK_ENTRY, WeekEntry, write_index
from orchestration.serving.review.data import ReviewData
from orchestration.serving.review.page import render
from orchestration.serving.review.verdict import judge
from orchestration.serving.review.words import instant, week_span
from orchestration.settings import Settings


@dataclass(frozen=True)
class WrittenReview:
    """The files of a week's latest revision and its verdict in one sentence."""

    latest: Path
    revision: Path
    headline: str


def write_review(settings: Settings, data: ReviewData) -> WrittenReview:
    """Write the week's page under `reports/weekly/<iso_week>/` and renew `reports/index.html`."""
    folder = settings.reports / "weekly" / data.iso_week
    revision, latest = folder / f"revision-{data.revision.number}.html", folder / "index.html"
    page = render(data)
    entry = _entry(data)
    _write(revision, page)
    _write(latest, page)
    _write(folder / WEEK_ENTRY, json.dumps(asdict(entry), ensure_ascii=False, indent=1) + "\n")
    write_index(settings)
    return WrittenReview(latest, revision, entry.headline)


def _entry(data: ReviewData) -> WeekEntry:
    verdict = judge(data)
    return WeekEntry(
        iso_week=data.iso_week,
        week=week_span(data.week_start),
        headline=verdict.headline,
        tone=verdict.tone,
        state=data.revision.state,
        revision=data.revision.number,
        as_of=instant(data.revision.as_of, data.time_zone),
    )


def _write(path: Path, text: str) -> None:
    write_atomically(path, lambda file: file.write(text.encode()))
