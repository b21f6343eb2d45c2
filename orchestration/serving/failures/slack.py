"""A report as a Slack message: Block Kit, within its limits.

Belongs here: blocks. Does not belong here: words (`view.py`), escaping (`inert.py`).
Limits (Slack, Block Kit reference): 50 blocks, 150 characters in a header, 3,000 in a section, 40,000 in a message.
"""

import json
from typing import Any

from orchestration.serving.failures.view import CriterionView, FailureView, MoneyView, ProblemView
from orchestration.serving.inert import slack_text

BLOCKS = 50
HEADER_LETTERS = 150
SECTION_LETTERS = 3_000
_SIGNS = {"red": ":red_circle:", "amber": ":large_orange_circle:", "green": ":large_green_circle:"}


def build_slack(view: FailureView) -> bytes:
    """The body for an incoming webhook; every text of the data is inert."""
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(view.headline, HEADER_LETTERS), "emoji": False}},
        _context(f"{view.title}, {view.when}"),
    ]
    if view.facts:
        blocks.append(_section([slack_text(fact, 500) for fact in view.facts]))
    blocks += [_section([_problem(problem)]) for problem in view.problems[:10]]
    for criterion in view.sections:
        blocks += [{"type": "divider"}, _section(_criterion(criterion))]
    rest = [criterion for criterion in view.criteria if criterion not in view.sections]
    if rest:
        blocks += [{"type": "divider"}, _section([_short(criterion) for criterion in rest])]
    blocks += [_section(_money(table)) for table in view.money]
    end = [f"Data as of {view.as_of}. For {view.audience}."]
    if view.page:
        # The address is the installation's own setting, no text of a lead.
        blocks.append(_section([f"<{view.page}|Open the page with all examples>"]))
    blocks = [*blocks[: BLOCKS - 1], _context(" ".join(end))]
    body: dict[str, Any] = {"text": slack_text(f"{view.title}, {view.when}: {view.headline}", 500), "blocks": blocks}
    return json.dumps(body, ensure_ascii=False).encode()


def _criterion(criterion: CriterionView) -> list[str]:
    lines = [
        f"*{slack_text(criterion.title)}*",
        f"{slack_text(criterion.told, 400)} Open cost {slack_text(criterion.cost)}.",
    ]
    if criterion.where:
        lines.append(f"{slack_text(criterion.where, 300)}.")
    lines.append(f"_What to do:_ {slack_text(criterion.advice, 400)}")
    for example in criterion.examples:
        mark = "new: " if example.is_news else ""
        seen = f"{slack_text(example.who, 80)}; found {slack_text(example.observed, 80)}"
        where = f"{slack_text(example.campaign, 60)}; {slack_text(example.cost)}; {slack_text(example.place, 120)}"
        lines.append(f"• {mark}{seen}; {where}")
    return lines


def _short(criterion: CriterionView) -> str:
    return f"• {slack_text(criterion.title)}: {slack_text(criterion.told, 400)} Cost {slack_text(criterion.cost)}."


def _problem(problem: ProblemView) -> str:
    return (
        f"{_SIGNS[problem.tone]} *{problem.word}:* {slack_text(problem.text, 500)}. {slack_text(problem.remedy, 300)}"
    )


def _money(table: MoneyView) -> list[str]:
    rows = [
        f"• {slack_text(name, 80)}: {slack_text(cost)}, {slack_text(standing)} open, {slack_text(new)} new"
        for name, new, standing, cost in table.rows
    ]
    return [f"*Cost by {table.title.lower()}*", *rows]


def _section(lines: list[str]) -> dict[str, Any]:
    """As many whole lines as fit: cutting one could open a mark or an escape."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > SECTION_LETTERS - 20:
            text += "\n…"
            break
        text += f"\n{line}" if text else line
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "plain_text", "text": _cut(text, 300), "emoji": False}]}


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"
