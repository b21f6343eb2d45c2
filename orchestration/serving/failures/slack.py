"""A report as a Slack message.

Belongs here: which texts go into which blocks. Does not belong here: words (`view.py`), limits (`serving/chat.py`),
escaping (`serving/inert.py`).
"""

from orchestration.serving.chat import Block, slack_body, slack_context, slack_header, slack_link, slack_section
from orchestration.serving.failures.view import CriterionView, FailureView, MoneyView, ProblemView
from orchestration.serving.inert import slack_text

MOST_PROBLEMS = 10
_DIVIDER: Block = {"type": "divider"}
_SIGNS = {"red": ":red_circle:", "amber": ":large_orange_circle:", "green": ":large_green_circle:"}


def build_slack(view: FailureView) -> bytes:
    """The body for an incoming webhook; every text of the data is inert."""
    blocks = [slack_header(view.headline), slack_context(f"{view.title}, {view.when}")]
    if view.facts:
        blocks.append(slack_section([slack_text(fact, 500) for fact in view.facts]))
    blocks += [slack_section([_problem(problem)]) for problem in view.problems[:MOST_PROBLEMS]]
    for criterion in view.sections:
        blocks += [_DIVIDER, slack_section(_criterion(criterion))]
    rest = [criterion for criterion in view.criteria if criterion not in view.sections]
    if rest:
        blocks += [_DIVIDER, slack_section([_short(criterion) for criterion in rest])]
    blocks += [slack_section(_money(table)) for table in view.money]
    if view.page:
        blocks.append(slack_link(view.page, "Open the page with all examples"))
    end = f"Data as of {view.as_of}. For {view.audience}."
    return slack_body(f"{view.title}, {view.when}: {view.headline}", blocks, end)


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
    text, remedy = slack_text(problem.text, 500), slack_text(problem.remedy, 300)
    return f"{_SIGNS[problem.tone]} *{problem.word}:* {text}. {remedy}"


def _money(table: MoneyView) -> list[str]:
    rows = [
        f"• {slack_text(name, 80)}: {slack_text(cost)}, {slack_text(standing)} open, {slack_text(new)} new"
        for name, new, standing, cost in table.rows
    ]
    return [f"*Cost by {table.title.lower()}*", *rows]
