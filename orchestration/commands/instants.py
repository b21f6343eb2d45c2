"""When something is said, decided or looked at from the command line.

Belongs here: the option `--as-of` and what it means. Does not belong here: any command.
"""

from datetime import UTC, datetime
from typing import Annotated

import typer

from orchestration.clock import Clock

AsOf = Annotated[datetime | None, typer.Option("--as-of", help="Instant (UTC) at which this is done; default now.")]


def instant(as_of: datetime | None) -> datetime:
    """The aware instant: `as_of` read as UTC, or the present."""
    return Clock().now() if as_of is None else as_of.replace(tzinfo=UTC)
