"""What a pull needs of the world outside: the time, waiting, telling how far it is, and secrets.

Belongs here: these four, so that a test can put its own in their place. Does not belong here: any decision.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from orchestration.clock import Clock
from orchestration.ingest.remote.errors import SourceError, masked


def _say_nothing(_: str) -> None:
    """Progress that nobody watches."""


@dataclass
class Effects:
    """`say` receives progress in words; `known_secrets` holds the values read so far, to be masked wherever text
    leaves a source. Neither is ever stored.
    """

    now: Callable[[], datetime] = field(default_factory=lambda: Clock().now)
    sleep: Callable[[float], None] = time.sleep
    say: Callable[[str], None] = _say_nothing
    known_secrets: set[str] = field(default_factory=set[str], repr=False)

    def secret(self, variable: str, source: str, field_name: str) -> str:
        """The value of an environment variable. Raises SourceError naming variable and field when it is not set, or is
        not one line of characters that can be seen.
        """
        value = os.environ.get(variable, "").strip()
        if not value:
            raise SourceError(
                f"{source}: the environment variable {variable}, named by `{field_name}`, is not set: set it where "
                "andon runs"
            )
        if not value.isprintable():
            raise SourceError(
                f"{source}: the value of {variable}, named by `{field_name}`, has a line break or a character that "
                "cannot be seen in it: set it again, in one line"
            )
        self.known_secrets.add(value)
        return value

    def keep_secret(self, value: str) -> str:
        """Mask this value (a token, a password inside a URL) from now on; gives it back."""
        self.known_secrets.add(value)
        return value

    def masked(self, text: object) -> str:
        """The text without any secret."""
        return masked(str(text), self.known_secrets)
