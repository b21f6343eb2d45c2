"""The parts of chat messages that every report uses, within the limits of Slack and Teams.

Belongs here: blocks, cards and their limits. Does not belong here: what a report says, or sending it.
Limits: Slack Block Kit 50 blocks, 150 characters in a header, 3,000 in a section; Teams 28 KB for the whole message.
"""

import json
from collections.abc import Sequence
from typing import Any

from orchestration.serving.inert import slack_plain, slack_text, teams_text

Block = dict[str, Any]

SLACK_BLOCKS = 50
SLACK_HEADER = 150
SLACK_SECTION = 3_000
TEAMS_BYTES = 27_000


def slack_header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": slack_plain(text, SLACK_HEADER), "emoji": False}}


def slack_context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "plain_text", "text": slack_plain(text, 300), "emoji": False}]}


def slack_section(lines: Sequence[str]) -> Block:
    """`lines` (inert already) as `mrkdwn`: as many whole ones as fit, for a cut could open a mark or an escape."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > SLACK_SECTION - 20:
            text += "\n…"
            break
        text += f"\n{line}" if text else line
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def slack_link(page: str, title: str) -> Block:
    """A link to a page; its address is the installation's own setting, no text of a lead."""
    return slack_section([f"<{page}|{title}>"])


def slack_body(summary: str, blocks: Sequence[Block], end: str) -> bytes:
    """The body for an incoming webhook: `summary` is what a notification shows, `end` the last line."""
    fitted = [*blocks[: SLACK_BLOCKS - 1], slack_context(end)]
    return json.dumps({"text": slack_text(summary, 500), "blocks": fitted}, ensure_ascii=False).encode()


def teams_block(text: str, letters: int = 200, **style: object) -> Block:
    return {"type": "TextBlock", "text": teams_text(text, letters), "wrap": True, **style}


def teams_facts(facts: Sequence[tuple[str, str]]) -> Block:
    told = [{"title": teams_text(name, 80), "value": teams_text(value, 200)} for name, value in facts[:15]]
    return {"type": "FactSet", "facts": told}


def teams_body(
    head: Sequence[Block], parts: Sequence[Sequence[Block]], end: Sequence[Block], page: str, title: str
) -> bytes:
    """The body for a workflow's webhook: head, then as many whole parts as fit, then end, and a button to `page`."""
    body = [*head]
    for part in parts:
        if len(_card([*body, *part, *end], page, title)) > TEAMS_BYTES:
            break
        body += part
    return _card([*body, *end], page, title)


def _card(body: Sequence[Block], page: str, title: str) -> bytes:
    card: Block = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [*body],
    }
    if page:
        card["actions"] = [{"type": "Action.OpenUrl", "title": title, "url": page}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode()
