"""A report as a Teams message: an Adaptive Card for a workflow's webhook.

Belongs here: which texts go into which elements. Does not belong here: words (`view.py`), limits (`serving/chat.py`),
escaping (`serving/inert.py`).
"""

from collections.abc import Sequence

from orchestration.serving.chat import Block, teams_block, teams_body, teams_facts
from orchestration.serving.failures.view import CriterionView, FailureView

MOST_PROBLEMS = 10
_COLOURS = {"red": "Attention", "amber": "Warning", "green": "Good", "neutral": "Default"}


def build_teams(view: FailureView) -> bytes:
    """The body for the webhook; every text of the data is inert. What does not fit is left out, the last first."""
    headline = view.headline[:1].upper() + view.headline[1:]
    head = [
        teams_block(headline, size="Large", weight="Bolder", color=_COLOURS[view.tone]),
        teams_block(f"{view.title}, {view.when}", isSubtle=True, spacing="None"),
        *(teams_block(fact, 500) for fact in view.facts),
        *(
            teams_block(f"{each.word}: {each.text}. {each.remedy}", 600, color=_COLOURS[each.tone])
            for each in view.problems[:MOST_PROBLEMS]
        ),
    ]
    parts = [_criterion(criterion) for criterion in view.sections]
    rest = [(criterion.title, criterion.told) for criterion in view.criteria if criterion not in view.sections]
    if rest:
        parts.append(_facts("Also open" if view.sections else "By criterion", rest))
    for table in view.money:
        rows = [(name, f"{cost}, {standing} open") for name, _, standing, cost in table.rows]
        parts.append(_facts(f"Cost by {table.title.lower()}", rows))
    end = [teams_block(f"Data as of {view.as_of}. For {view.audience}.", isSubtle=True, size="Small")]
    return teams_body(head, parts, end, view.page, "Open the page with all examples")


def _criterion(criterion: CriterionView) -> list[Block]:
    told = [
        teams_block(criterion.title, weight="Bolder", separator=True, spacing="Medium"),
        teams_block(f"{criterion.told} Open cost {criterion.cost}.", 400, spacing="None"),
    ]
    if criterion.where:
        told.append(teams_block(criterion.where, 300, isSubtle=True, spacing="None"))
    told.append(teams_block(f"What to do: {criterion.advice}", 400))
    for example in criterion.examples:
        mark = "new: " if example.is_news else ""
        what = f"{mark}{example.who}; found {example.observed}; {example.campaign}; {example.cost}"
        told.append(teams_block(f"• {what}", 300, spacing="Small"))
        told.append(teams_block(example.place, isSubtle=True, size="Small", spacing="None"))
    return told


def _facts(title: str, facts: Sequence[tuple[str, str]]) -> list[Block]:
    return [teams_block(title, weight="Bolder", separator=True), teams_facts(facts)]
