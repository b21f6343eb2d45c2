"""From views to HTML: one self-contained page per review, and the index of weeks.

Belongs here: the template environment and the page's security policy. Does not belong here: what is said
(`view.py`, `verdict.py`) or where files lie (`write.py`). The policy allows the page's own style sheet by its
hash and nothing else, so that even markup that slipped through could neither run, load nor restyle anything.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.serving.review.data import ReviewData
from orchestration.serving.review.view import build_view

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class WeekEntry:
    """A week's line in the index: texts, and the tone of its verdict."""

    iso_week: str
    week: str
    headline: str
    tone: str
    state: str
    revision: int
    as_of: str


def render(data: ReviewData) -> str:
    """The week's page, complete and self-contained; every text of the data is escaped."""
    return _environment().get_template("review.html").render(view=build_view(data), **_shell())


def render_index(entries: Sequence[WeekEntry]) -> str:
    """The page that lists the weeks, in the order given."""
    return _environment().get_template("index.html").render(entries=entries, **_shell())


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def _shell() -> dict[str, Markup]:
    style = (TEMPLATES / "style.css").read_text()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return {"style": Markup(style), "policy": Markup(policy)}
