"""A report as an e-mail: text, HTML that old clients can show, and the CSV.

Belongs here: the parts and their limits. Does not belong here: words (`view.py`), MIME (`serving/mime.py`).
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from orchestration.serving.failures.rows_csv import Attachment
from orchestration.serving.failures.view import CriterionView, FailureView
from orchestration.serving.mime import build_message
from orchestration.serving.pages import render_template

# Gmail cuts a message's HTML at 102 KB.
LARGEST_HTML = 95_000
_BETWEEN_TAGS = re.compile(r"(?<=>)\s*\n\s*")


def build_mail(
    view: FailureView, subject: str, to: tuple[str, str], key: str, attachments: Sequence[Attachment]
) -> bytes:
    """The message for `to` (address, name), complete but for `From`; `key` is its idempotency key."""
    notes = tuple(_note(attachment) for attachment in attachments)
    files = [
        (each.name, "application/gzip" if each.name.endswith(".gz") else "text/csv", each.content)
        for each in attachments
    ]
    return build_message(to, subject, key, plain_text(view, notes), html(view, notes), files)


def html(view: FailureView, notes: Sequence[str]) -> str:
    """The HTML part, with as many examples as fit under the limit of mail clients."""
    fitted = view
    while True:
        text = _BETWEEN_TAGS.sub("\n", render_template("mail_failures.html", view=fitted, notes=notes))
        if len(text.encode()) <= LARGEST_HTML or not (fitted.sections or len(fitted.criteria) > 1):
            return text
        if fitted.sections:
            fitted = replace(fitted, sections=fitted.sections[:-1])
        else:
            fitted = replace(fitted, criteria=fitted.criteria[: len(fitted.criteria) // 2])


def plain_text(view: FailureView, notes: Sequence[str]) -> str:
    """The text part: the same, for those who read text."""
    lines = [f"{view.title}, {view.when}", "", view.headline[:1].upper() + view.headline[1:] + ".", *view.facts]
    if view.problems:
        lines += ["", "WHAT COULD NOT BE JUDGED"]
        lines += [f"* {each.word}: {each.text}. {each.remedy}".rstrip() for each in view.problems]
    for criterion in view.sections:
        lines += ["", *_section(criterion)]
    others = [criterion for criterion in view.criteria if criterion not in view.sections]
    if others:
        lines += ["", "ALSO OPEN" if view.sections else "BY CRITERION"]
        lines += [f"* {each.title}: {each.told} Cost {each.cost}." for each in others]
    for table in view.money:
        lines += ["", f"COST BY {table.title.upper()} (new / open / cost)"]
        lines += [f"* {name}: {new} / {standing} / {cost}" for name, new, standing, cost in table.rows]
    lines += ["", *notes, *([f"Page: {view.page}"] if view.page else []), view.more]
    lines += [f"Data as of {view.as_of}. For {view.audience}."]
    return "\n".join(lines) + "\n"


def _section(criterion: CriterionView) -> list[str]:
    lines = [
        criterion.title.upper(),
        f"{criterion.told} Cost of what is open: {criterion.cost}. Owner: {criterion.owner}.",
    ]
    if criterion.where:
        lines.append(f"{criterion.where}.")
    lines.append(f"What to do: {criterion.advice}")
    for example in criterion.examples:
        mark = "new: " if example.is_news else ""
        lines += [
            f"* {mark}{example.lead} {example.who}",
            f"  found: {example.observed}; {example.campaign}; cost {example.cost}",
            f"  {example.place}",
        ]
    return lines


def _note(attachment: Attachment) -> str:
    if attachment.rows < attachment.of:
        return (
            f"{attachment.name} holds the first {attachment.rows:,} of {attachment.of:,} rows; "
            "all of them are in lead_defects."
        )
    return f"All {attachment.of:,} rows are in the attached {attachment.name}."
