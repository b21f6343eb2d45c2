# pyright: reportUnknownArgumentType=false
"""One day's or week's failure reports: made, written as pages, and put into the outbox with the memory of them.

Belongs here: the order of the steps, which makes them safe to kill and to repeat. Does not belong here: what is news
(`ledger.py`), what is said (`view.py`), sending.

Pages come first and the outbox last, in one transaction with what was told: killed anywhere, the next run makes the
same reports again, and none twice.
"""

import fcntl
import json
import re
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.ingest.lake import naive_utc, write_atomically
from orchestration.partitions import as_of_for_day, business_day_of, iso_week
from orchestration.serving.failures import collect, ledger, memory
from orchestration.serving.failures.data import Audience, FailureReport, Judged, Problem
from orchestration.serving.failures.mail import build_mail
from orchestration.serving.failures.problems import compared, find_problems
from orchestration.serving.failures.rows_csv import defects_csv
from orchestration.serving.failures.slack import build_slack
from orchestration.serving.failures.teams import build_teams
from orchestration.serving.failures.view import FailureView, build_view, subject
from orchestration.serving.index import ReportEntry, write_index
from orchestration.serving.outbox import store
from orchestration.serving.outbox.message import Message, hash_of, idempotency_key
from orchestration.serving.pages import render_template
from orchestration.serving.reader import open_served
from orchestration.serving.story.show import page_name
from orchestration.serving.story.write import write_stories
from orchestration.settings import Settings

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Written:
    """What was made: reports with news, new messages in the outbox, pages; and why nothing was, if so."""

    reports: int
    messages: int
    pages: tuple[Path, ...]
    note: str


def report_day(settings: Settings, as_of: datetime, now: datetime) -> Written:
    """Tell each daily audience what is new in the served copy as of `as_of`; `now` is when the messages are due.

    Both are aware. A run that looks from before what was told last tells nothing: news only goes forward.
    """
    with _alone(settings), open_served(settings) as con, store.open_outbox(settings) as outbox:
        memory.prepare(outbox)
        told_last = memory.told_as_of(outbox)
        if told_last is not None and as_of < told_last:
            return Written(0, 0, (), f"what was known at {told_last:%Y-%m-%d %H:%M} UTC was told already")
        day = business_day_of(as_of - timedelta.resolution, settings.zone)
        ledger.since_told(con, memory.told_defects(outbox))
        found = find_problems(con, as_of, settings.zone)
        told_problems = memory.told_problems(outbox)
        problems = compared(found, told_problems, day)
        after = (
            naive_utc(told_last)
            if told_last is not None and told_last < as_of
            else naive_utc(as_of - timedelta.resolution)
        )
        judged = collect.judged(con, after, naive_utc(as_of))
        audiences = [audience for audience in collect.audiences(con) if audience.is_daily]
        reports = [
            _report(settings, con, audience, "daily", day.isoformat(), day, as_of, problems, judged,
                    is_first=not memory.is_introduced(outbox, audience.audience, audience.channel))
            for audience in audiences
        ]  # fmt: skip
        news = [report for report in reports if report.is_news]
        messages, pages = _made(settings, con, outbox, news, f"{_stamp(as_of, settings)}-daily")
        changed, gone = ledger.changed_rows(con), ledger.gone_rows(con)
        standing = {p.key: memory.ToldProblem(p.key, p.found, p.since) for p in problems if p.state != "resolved"}
        with store.writing(outbox):
            stored = store.enqueue(outbox, messages, now)
            memory.remember_defects(outbox, changed, gone)
            memory.remember_problems(outbox, standing)
            memory.remember_as_of(outbox, as_of)
            for report in news:
                memory.introduce(outbox, report.audience.audience, report.audience.channel, as_of)
    write_index(settings, now)
    return Written(len(news), stored, tuple(pages), "" if news else "nothing is new")


def report_week(settings: Settings, week_start: date, as_of: datetime, now: datetime) -> Written:
    """Tell each weekly audience how the ISO week that starts on `week_start` went, whatever happened in it.

    The same content is told once; content that changed since is told as a revision. In the first week that leads were
    inspected all of history is found at once: that report tells what is open and calls none of it new.
    """
    with _alone(settings), open_served(settings) as con, store.open_outbox(settings) as outbox:
        memory.prepare(outbox)
        after = naive_utc(as_of_for_day(week_start - timedelta(days=1), settings.zone))
        until = naive_utc(as_of_for_day(week_start + timedelta(days=6), settings.zone))
        is_first = not collect.was_judged_before(con, after)
        ledger.within(con, after, until, is_first=is_first)
        problems = compared(find_problems(con, as_of, settings.zone), memory.told_problems(outbox), week_start)
        problems = (*_blocked(con, week_start), *(p for p in problems if p.state != "resolved"))
        judged = collect.judged(con, after, until)
        reports = [
            _report(settings, con, audience, "weekly", iso_week(week_start), week_start, as_of, problems, judged,
                    is_first=is_first)
            for audience in collect.audiences(con)
            if audience.is_weekly
        ]  # fmt: skip
        messages, pages = _made(settings, con, outbox, reports, f"{iso_week(week_start)}-weekly")
        with store.writing(outbox):
            stored = store.enqueue(outbox, messages, now)
    write_index(settings, now)
    return Written(len(reports), stored, tuple(pages), "")


def report_weeks(settings: Settings, weeks: Sequence[date], as_of: datetime, now: datetime) -> Written:
    """`report_week` for those of `weeks` that are to be told: the newest published one, and any that was told before.

    Weeks of imported history are not told: their reviews lie under `reports/`.
    """
    with open_served(settings) as con, store.open_outbox(settings) as outbox:
        newest = con.execute("SELECT max(week_start) FROM marts.weekly_variance").fetchone()
        chosen = [
            week
            for week in weeks
            if (newest is not None and week == newest[0])
            or store.has_other(outbox, f"weekly:{iso_week(week)}", None, None, "")
        ]
    told = [report_week(settings, week, as_of, now) for week in chosen]
    pages = tuple(page for written in told for page in written.pages)
    return Written(sum(w.reports for w in told), sum(w.messages for w in told), pages, "")


def _report(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    audience: Audience,
    kind: str,
    period: str,
    day: date,
    as_of: datetime,
    problems: tuple[Problem, ...],
    judged: Judged | None,
    is_first: bool = False,
) -> FailureReport:
    return FailureReport(
        kind="weekly" if kind == "weekly" else "daily",
        period=period,
        day=day,
        audience=audience,
        as_of=as_of,
        time_zone=settings.time_zone,
        currency=settings.currency,
        criteria=collect.criteria(con, audience, settings.zone),
        problems=problems,
        judged=judged,
        money=collect.money(con, audience) if audience.gets == "money" else {},
        is_first=is_first,
    )


def _blocked(con: duckdb.DuckDBPyConnection, week_start: date) -> tuple[Problem, ...]:
    row = con.execute(
        """
        SELECT max_by(state, revision), max_by(revision_reason, revision)
        FROM marts.weekly_variance WHERE week_start = ?
        """,
        [week_start],
    ).fetchone()
    if row is None or row[0] != "blocked":
        return ()
    text = f"The week is blocked and its figures are not told: {row[1]}"
    return (
        Problem(
            f"blocked:{week_start}", text, "Deliver what is missing; the week is then told again.", week_start, "new"
        ),
    )


def _made(
    settings: Settings,
    con: duckdb.DuckDBPyConnection,
    outbox: sqlite3.Connection,
    reports: Sequence[FailureReport],
    folder: str,
) -> tuple[list[Message], list[Path]]:
    """The messages and the pages of `reports`, the pages written."""
    messages: list[Message] = []
    pages: list[Path] = []
    entries: list[ReportEntry] = []
    for report in reports:
        name = f"{_file_name(report.audience)}.html"
        path = settings.reports / "failures" / folder / name
        address = f"{settings.reports_url.rstrip('/')}/failures/{folder}/{name}" if settings.reports_url else ""
        view = build_view(report, address)
        shown = {example.lead_id: page_name(example.lead_id) for c in view.criteria for example in c.examples}
        text = render_template("failures.html", view=view, pages=shown, show_leads=report.audience.gets != "money")
        write_atomically(path, lambda file, text=text: file.write(text.encode()))
        pages.append(path)
        messages.append(_message(con, outbox, report, view))
        entries.append(ReportEntry(f"{folder}/{name}", view.title, view.when, view.audience, view.headline, view.tone))
    leads = {e.lead_id: None for r in reports if r.audience.gets != "money" for c in r.criteria for e in c.examples}
    write_stories(settings, con, list(leads))
    if entries:
        told = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=1)
        write_atomically(
            settings.reports / "failures" / folder / "entries.json", lambda file: file.write(told.encode())
        )
    return messages, pages


def _message(
    con: duckdb.DuckDBPyConnection, outbox: sqlite3.Connection, report: FailureReport, view: FailureView
) -> Message:
    audience = report.audience
    content_hash = hash_of(json.dumps({**asdict(report), "as_of": None}, default=str, sort_keys=True))
    key = idempotency_key(report.report, audience.audience, audience.channel, content_hash)
    is_revision = report.kind == "weekly" and store.has_other(
        outbox, report.report, audience.audience, audience.channel, content_hash
    )
    title = ("Revised: " if is_revision else "") + subject(report)
    match audience.channel:
        case "email":
            name = f"lead-defects-{report.period}-{_file_name(audience)}"
            attachment = [defects_csv(con, audience, name)] if report.criteria else []
            to = (audience.address, audience.owner_title)
            payload = build_mail(view, title, to, key, attachment)
        case "slack":
            payload = build_slack(view)
        case "teams":
            payload = build_teams(view)
    return Message(report.report, audience.audience, audience.channel, audience.address, title, content_hash, payload)


def _file_name(audience: Audience) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{audience.audience}-{audience.channel}")[:80]


def _stamp(as_of: datetime, settings: Settings) -> str:
    return f"{as_of.astimezone(settings.zone):%Y-%m-%dT%H%M}"


@contextmanager
def _alone(settings: Settings) -> Generator[None]:
    """One report is made at a time, so that nothing is told twice; the lock falls with its process."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "reports.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
