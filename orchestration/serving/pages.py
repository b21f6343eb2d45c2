"""The frame that every page shares: templates, style sheet, and the policy that lets nothing else in.

Belongs here: the template environment and the page's security policy. Does not belong here: what a page says or where
it lies. The policy allows the page's own style sheet by its hash and nothing else, so that even markup that slipped
through could neither run, load nor restyle anything.
"""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


def render_template(name: str, **values: object) -> str:
    """The template, filled in; every text in `values` is escaped."""
    return _environment().get_template(name).render(**values, **_shell())


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
