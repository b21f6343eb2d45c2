"""The weekly review on its way: a summary by mail or chat, with the page attached or linked.

Belongs here: who is told of which weeks, and the messages. Does not belong here: what the review says (`verdict.py`,
`figures.py`), the page (`page.py`), sending (`serving/outbox`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from orchestration.serving.chat import (
    slack_body,
    slack_header,
    slack_link,
    slack_section,
    teams_block,
    teams_body,
    teams_facts,
)
from orchestration.serving.failures.collect import audiences
from orchestration.serving.failures.data import Audience
from orchestration.serving.inert import one_line, slack_text, visible
from orchestration.serving.mime import build_message
from orchestration.serving.outbox import store
from orchestration.serving.outbox.message import Message, hash_of, idempotency_key
from orchestration.serving.pages import render_template
from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.data import ReviewData
from orchestration.serving.review.figures import tile
from orchestration.serving.review.page import render
from orchestration.serving.review.verdict import CONTROLS, blocking_reason, judge
from orchestration.serving.review.view import STATES
from orchestration.serving.review.words import instant, week_span
from orchestration.settings import Settings


@dataclass(frozen=True)
class Summary:
    """The review in a few texts. `controls`: title, actual, plan, change, status, sign and tone of each control."""

    title: str
    when: str
    headline: str
    tone: str
    facts: tuple[str, ...]
    state: str
    controls: tuple[tuple[str, str, str, str, str, str, str], ...]
    as_of: str
    page: str
    attached: str


def deliver_reviews(settings: Settings, weeks: Sequence[date], now: datetime) -> int:
    """Put the latest revision of `weeks` into the outbox for each audience that receives reviews; returns how many.

    Each revision is told once. Of weeks that close together (an import of history) the newest published one is told,
    and of the others those whose earlier revision was: a correction goes to whoever relied on what it corrects.
    """
    with open_served(settings) as con, store.open_outbox(settings) as outbox:
        newest = con.execute("SELECT max(week_start) FROM marts.weekly_variance").fetchone()
        receivers = [audience for audience in audiences(con) if audience.is_review]
        messages: list[Message] = []
        for week in weeks:
            data = collect(con, week, zone=settings.zone, currency=settings.currency)
            was_told = store.has_other(outbox, _report(data), None, None, _content(data))
            if was_told or (newest is not None and week == newest[0]):
                page = render(data)
                messages += [_message(settings, data, audience, page, is_revised=was_told) for audience in receivers]
        with store.writing(outbox):
            return store.enqueue(outbox, messages, now)


def summarise(data: ReviewData, page: str, attached: str) -> Summary:
    """The summary of the week's latest revision; a blocked week has no controls."""
    verdict = judge(data)
    _, word, meaning = STATES[data.revision.state]
    tiles = [] if data.is_blocked else [tile(data, metric) for metric in CONTROLS]
    facts = (blocking_reason(data),) if data.is_blocked else tuple(verdict.facts)
    return Summary(
        title=f"Weekly control review, week {data.week_start:%V}",
        when=week_span(data.week_start),
        headline=visible(verdict.headline, 300),
        tone=verdict.tone,
        facts=tuple(visible(fact, 400) for fact in facts if fact),
        state=f"{word}, revision {data.revision.number}: {meaning}",
        controls=tuple(
            (t.title, t.value, t.plan, t.change, t.status.word, t.status.sign, t.status.tone) for t in tiles
        ),
        as_of=instant(data.revision.as_of, data.time_zone),
        page=page,
        attached=attached,
    )


def _report(data: ReviewData) -> str:
    return f"review:{data.iso_week}"


def _content(data: ReviewData) -> str:
    return hash_of(data.iso_week, str(data.revision.number), data.revision.state)


def _message(settings: Settings, data: ReviewData, audience: Audience, page: str, is_revised: bool) -> Message:
    folder = f"weekly/{data.iso_week}/revision-{data.revision.number}.html"
    address = f"{settings.reports_url.rstrip('/')}/{folder}" if settings.reports_url else ""
    file = f"weekly-review-{data.iso_week}-revision-{data.revision.number}.html"
    summary = summarise(data, address, file if audience.channel == "email" else "")
    subject = one_line(f"{'Revised: ' if is_revised else ''}{summary.title}: {summary.headline}", 150)
    report, content_hash = _report(data), _content(data)
    match audience.channel:
        case "email":
            key = idempotency_key(report, audience.audience, audience.channel, content_hash)
            payload = _mail(summary, subject, audience, key, page)
        case "slack":
            payload = _slack(summary, subject)
        case "teams":
            payload = _teams(summary, subject)
    return Message(report, audience.audience, audience.channel, audience.address, subject, content_hash, payload)


def _mail(summary: Summary, subject: str, audience: Audience, key: str, page: str) -> bytes:
    to = (audience.address, audience.owner_title)
    html = render_template("mail_review.html", view=summary)
    return build_message(to, subject, key, _plain(summary), html, [(summary.attached, "text/html", page.encode())])


def _plain(summary: Summary) -> str:
    lines = [f"{summary.title}, {summary.when}", "", summary.headline, *(f"* {fact}" for fact in summary.facts), ""]
    lines += [
        f"{name}: {actual} (plan {plan}) {change} {word}" for name, actual, plan, change, word, *_ in summary.controls
    ]
    lines += ["", f"{summary.state}.", f"The whole review is attached: {summary.attached}"]
    lines += [f"Page: {summary.page}"] if summary.page else []
    return "\n".join([*lines, f"Data as of {summary.as_of}"]) + "\n"


def _slack(summary: Summary, subject: str) -> bytes:
    controls = [
        f"{sign} *{slack_text(name)}* {slack_text(actual)}, plan {slack_text(plan)} {slack_text(change)}"
        for name, actual, plan, change, _, sign, _ in summary.controls
    ]
    told = [slack_text(summary.headline, 300), *(f"• {slack_text(fact, 400)}" for fact in summary.facts)]
    blocks = [slack_header(subject), slack_section(told)]
    blocks += [slack_section(controls)] if controls else []
    blocks += [slack_link(summary.page, "Open the review")] if summary.page else []
    return slack_body(subject, blocks, f"{summary.state}. Data as of {summary.as_of}.")


def _teams(summary: Summary, subject: str) -> bytes:
    controls = [
        (name, f"{sign} {actual}, plan {plan} {change}") for name, actual, plan, change, _, sign, _ in summary.controls
    ]
    head = [
        teams_block(subject, size="Large", weight="Bolder"),
        *(teams_block(text, 400) for text in (summary.headline, *summary.facts)),
    ]
    parts = [[teams_facts(controls)]] if controls else []
    end = [teams_block(f"{summary.state}. Data as of {summary.as_of}.", 400, isSubtle=True)]
    return teams_body(head, parts, end, summary.page, "Open the review")
