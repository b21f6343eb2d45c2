"""A lead's story as text for a terminal, and as a page.

Belongs here: layout. Does not belong here: what is said (`collect.py`).
"""

import hashlib
import re

from orchestration.serving.pages import render_template
from orchestration.serving.story.data import Story


def page_name(lead_id: str) -> str:
    """The file name of a lead's page: its id when that can be one, else a hash of it."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}", lead_id):
        return f"{lead_id}.html"
    return f"lead-{hashlib.sha256(lead_id.encode(errors='replace')).hexdigest()[:32]}.html"


def page(story: Story) -> str:
    """The story as a self-contained page."""
    return render_template("story.html", story=story)


def text(story: Story) -> str:
    """The story as lines of text."""
    wide = max((len(label) for label, _ in story.facts), default=0)
    lines = [f"Lead {story.lead}: {story.headline}", ""]
    lines += [f"  {label:<{wide}}  {value}" for label, value in story.facts]
    lines += ["", f"Judged  {story.passed}" if story.passed else "Not judged"]
    for each in story.criteria:
        lines += [
            f"  {each.result}: {each.title} ({each.version})",
            f"      found {each.observed}; since {each.since}; cost {each.cost}; owner {each.owner}; {each.place}",
        ]
    lines += ["", "What happened"]
    for step in story.steps:
        lines.append(f"  {step.at:<27} {step.kind:<9} {step.text}")
        if step.place:
            lines.append(f"  {'':<27} {'':<9} {step.place}")
    return "\n".join([*lines, "", f"Data as of {story.as_of}"])
