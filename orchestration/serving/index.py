"""`reports/index.html`: the weekly reviews, the latest failure reports, and whether they are delivered.

Belongs here: reading what lies under `reports/`, and the index page. Does not belong here: the pages themselves.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.clock import Clock
from orchestration.ingest.lake import write_atomically
from orchestration.serving.inert import masked, one_line
from orchestration.serving.outbox import store
from orchestration.serving.outbox.health import Health, health
from orchestration.serving.pages import render_template
from orchestration.serving.review.words import instant
from orchestration.settings import Settings

WEEK_ENTRY = "review.json"
REPORT_ENTRIES = "entries.json"
REPORTS_SHOWN = 60
DEAD_SHOWN = 20


@dataclass(frozen=True)
class WeekEntry:
    """A week's line in the index: texts, and the tone of its verdict."""

    iso_week: str
    week: str
    headline: str
    tone: str
    state: str
    revision: int
    as_of: str


@dataclass(frozen=True)
class ReportEntry:
    """A failure report's line in the index."""

    page: str
    title: str
    when: str
    audience: str
    headline: str
    tone: str


@dataclass(frozen=True)
class DeliveryView:
    """The outbox in words: its problems, and the messages that were given up."""

    told: str
    as_of: str
    problems: tuple[str, ...]
    dead: tuple[tuple[str, str, str], ...]


def write_index(settings: Settings, now: datetime | None = None) -> Path:
    """Write `reports/index.html` from what lies there and in the outbox; `now` (aware) judges what waits too long."""
    now = now or Clock().now()
    weeks = sorted((settings.reports / "weekly").glob(f"*/{WEEK_ENTRY}"), reverse=True)
    index = settings.reports / "index.html"
    text = render_template(
        "index.html",
        weeks=[WeekEntry(**json.loads(path.read_text(encoding="utf-8"))) for path in weeks],
        reports=_reports(settings),
        delivery=_delivery(settings, now),
    )
    write_atomically(index, lambda file: file.write(text.encode()))
    return index


def _reports(settings: Settings) -> list[ReportEntry]:
    found: list[ReportEntry] = []
    for path in sorted((settings.reports / "failures").glob(f"*/{REPORT_ENTRIES}"), reverse=True):
        found += [ReportEntry(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
        if len(found) >= REPORTS_SHOWN:
            break
    return found[:REPORTS_SHOWN]


def _delivery(settings: Settings, now: datetime) -> DeliveryView | None:
    if not store.outbox_file(settings).exists():
        return None
    with store.open_outbox(settings) as con:
        state: Health = health(con, now)
        dead = store.listed(con, ["dead"], DEAD_SHOWN)
    return DeliveryView(
        told=f"{state.sent:,} sent, {state.pending:,} waiting, {state.dead:,} given up",
        as_of=instant(now, settings.time_zone),
        problems=tuple(state.problems()),
        dead=tuple(
            (
                one_line(each.subject),
                masked(f"{each.audience}, {each.channel} {each.address}"),
                one_line(each.last_error or ""),
            )
            for each in dead
        ),
    )
