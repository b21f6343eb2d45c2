"""A notice: a message of a subject, a few lines and what to do, in each channel's form.

Belongs here: the form. Does not belong here: what is told (`runs.py`, `live.py`), or the reports with tables and
examples (`mail.py`, `slack.py`, `teams.py`).
"""

from collections.abc import Sequence

from orchestration.serving.chat import slack_body, slack_header, slack_section, teams_block, teams_body
from orchestration.serving.failures.data import Audience
from orchestration.serving.inert import one_line, slack_text
from orchestration.serving.mime import build_message
from orchestration.serving.outbox.message import Message, hash_of, idempotency_key
from orchestration.serving.pages import render_template

LONGEST_SUBJECT = 150
LONGEST_LINE = 400


def notice(report: str, audience: Audience, subject: str, told: Sequence[str], remedy: str) -> Message:
    """The message of `report` for one audience; equal words are equal content, told once."""
    subject = one_line(subject, LONGEST_SUBJECT)
    content_hash = hash_of(subject, *told, remedy)
    key = idempotency_key(report, audience.audience, audience.channel, content_hash)
    match audience.channel:
        case "email":
            html = render_template("mail_notice.html", subject=subject, told=told, remedy=remedy)
            text = "\n".join([subject, "", *(f"* {line}" for line in told), "", remedy]) + "\n"
            payload = build_message((audience.address, audience.owner_title), subject, key, text, html, [])
        case "slack":
            lines = [f"• {slack_text(line, LONGEST_LINE)}" for line in told]
            payload = slack_body(subject, [slack_header(subject), slack_section(lines)], remedy)
        case "teams":
            head = [teams_block(subject, size="Large", weight="Bolder", color="Attention")]
            head += [teams_block(line, LONGEST_LINE) for line in told]
            payload = teams_body(head, [], [teams_block(remedy, 300, isSubtle=True)], "", "")
    return Message(report, audience.audience, audience.channel, audience.address, subject, content_hash, payload)
