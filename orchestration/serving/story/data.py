"""A lead's story as texts, ready to be shown by any form that escapes them.

Belongs here: the shapes. Does not belong here: where the texts come from (`collect.py`), layout.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """Something that happened: when (business time), what kind, in words, and the file and line that told it."""

    at: str
    kind: str
    text: str
    place: str
    tone: str = "neutral"


@dataclass(frozen=True)
class CriterionLine:
    """How one criterion judged the lead."""

    title: str
    version: str
    result: str
    tone: str
    observed: str
    since: str
    owner: str
    cost: str
    place: str


@dataclass(frozen=True)
class Story:
    """Everything known of one lead as of the published version. `facts`: label and value."""

    lead_id: str
    lead: str
    headline: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    criteria: tuple[CriterionLine, ...]
    passed: str
    steps: tuple[Step, ...]
    as_of: str
