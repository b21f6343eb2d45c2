"""A report as a Teams message: an Adaptive Card for a workflow's webhook, within its limit.

Belongs here: the card. Does not belong here: words (`view.py`), escaping (`inert.py`).
Limit (Microsoft, incoming webhooks and workflows): 28 KB for the whole message.
"""

import json
from typing import Any

from orchestration.serving.failures.view import CriterionView, FailureView
from orchestration.serving.inert import teams_text

LARGEST = 27_000
_COLOURS = {"red": "Attention", "amber": "Warning", "green": "Good", "neutral": "Default"}


def build_teams(view: FailureView) -> bytes:
    """The body for the webhook; every text of the data is inert. What does not fit is left out, the last first."""
    head = [
        _text(view.headline[:1].upper() + view.headline[1:], size="Large", weight="Bolder", color=_COLOURS[view.tone]),
        _text(f"{view.title}, {view.when}", isSubtle=True, spacing="None"),
        *(_text(fact, letters=500) for fact in view.facts),
        *(
            _text(f"{each.word}: {each.text}. {each.remedy}", letters=600, color=_COLOURS[each.tone])
            for each in view.problems[:10]
        ),
    ]
    parts = [_criterion(criterion) for criterion in view.sections]
    rest = [criterion for criterion in view.criteria if criterion not in view.sections]
    parts += (
        [[_facts("Also open" if view.sections else "By criterion", [(c.title, c.told) for c in rest])]] if rest else []
    )
    parts += [
        [
            _facts(
                f"Cost by {table.title.lower()}",
                [(name, f"{cost}, {standing} open") for name, _, standing, cost in table.rows],
            )
        ]
        for table in view.money
    ]
    end = [_text(f"Data as of {view.as_of}. For {view.audience}.", isSubtle=True, size="Small")]
    body: list[dict[str, Any]] = [*head]
    for part in parts:
        if len(_message(view, [*body, *part, *end])) > LARGEST:
            break
        body += part
    return _message(view, [*body, *end])


def _message(view: FailureView, body: list[dict[str, Any]]) -> bytes:
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if view.page:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the page with all examples", "url": view.page}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode()


def _criterion(criterion: CriterionView) -> list[dict[str, Any]]:
    told = [
        _text(criterion.title, weight="Bolder", separator=True, spacing="Medium"),
        _text(f"{criterion.told} Open cost {criterion.cost}.", letters=400, spacing="None"),
    ]
    if criterion.where:
        told.append(_text(criterion.where, letters=300, isSubtle=True, spacing="None"))
    told.append(_text(f"What to do: {criterion.advice}", letters=400))
    for example in criterion.examples:
        mark = "new: " if example.is_news else ""
        what = f"{mark}{example.who}; found {example.observed}; {example.campaign}; {example.cost}"
        told.append(_text(f"• {what}", letters=300, spacing="Small"))
        told.append(_text(example.place, isSubtle=True, size="Small", spacing="None"))
    return told


def _facts(title: str, facts: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "Container",
        "separator": True,
        "items": [
            _text(title, weight="Bolder"),
            {
                "type": "FactSet",
                "facts": [
                    {"title": teams_text(name, 80), "value": teams_text(value, 200)} for name, value in facts[:15]
                ],
            },
        ],
    }


def _text(text: str, letters: int = 200, **style: object) -> dict[str, Any]:
    return {"type": "TextBlock", "text": teams_text(text, letters), "wrap": True, **style}
