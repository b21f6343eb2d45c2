"""What can go wrong with a source, told so that the user can mend it; never with a secret in it.

Belongs here: the errors, and masking. Does not belong here: when they are raised (each kind's own module).
"""

import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from orchestration.errors import AndonError

MASK = "***"
SHORTEST_SECRET = 3


class SourceError(AndonError):
    """A source cannot be pulled until the user mends something; the text names source, table and remedy."""


class SourceUnavailableError(AndonError, ConnectionError):
    """A source did not answer, or not yet; the same pull may succeed later. It counts as an input/output error."""


class WindowLostError(SourceUnavailableError):
    """The source lost its place in the middle of a window: the window is read again from its beginning."""


def masked(text: str, secrets: Iterable[str]) -> str:
    """`text` with each secret, also as it looks inside a URL or a quoted text, replaced by asterisks."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1]
