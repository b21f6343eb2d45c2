"""Which revision of each week went through the whole weekly run: published, reviewed, reported, ordered.

Belongs here: the mark that a run leaves as its last act. Does not belong here: which weeks are due (`weeks.py`), or
any of the steps.

A mark is a file `week=…/revision=NNN` that is added and never changed; it holds the instant (UTC) of the publication.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

from orchestration.ingest.lake import naive_utc, own_folder, write_atomically
from orchestration.settings import Settings

FINISHED = "finished_weeks"
_MARK = re.compile(r"week=(\d{4}-\d\d-\d\d)/revision=(\d+)$")


def mark_finished(settings: Settings, revisions: Mapping[date, int], as_of: datetime) -> None:
    """Mark the revision of each week as finished; `as_of` (aware) is that of the copy that the run told of."""
    told = naive_utc(as_of).isoformat().encode()
    for week, number in revisions.items():
        path = own_folder(settings, FINISHED) / f"week={week.isoformat()}" / f"revision={number:03d}"
        if not path.exists():
            write_atomically(path, lambda file: file.write(told))


def finished_revisions(settings: Settings) -> dict[date, int]:
    """The newest finished revision of each week that has one."""
    newest: dict[date, int] = {}
    for path in own_folder(settings, FINISHED).glob("week=*/revision=*"):
        if (found := _MARK.search(path.as_posix())) is not None:
            week, number = date.fromisoformat(found[1]), int(found[2])
            newest[week] = max(number, newest.get(week, 0))
    return newest
