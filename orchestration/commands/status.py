"""`andon status`: what is published, how much of each feed and week is in, and how long the truth takes.

Belongs here: arguments and printing. Does not belong here: the figures (`serving/status.py`).
"""

from typing import Annotated

import typer

from orchestration.settings import Settings


def status(
    days: Annotated[int, typer.Option(min=1, help="Business days that the legs are of.")] = 28,
) -> None:
    """What is published, which feeds and weeks are in, and how long the truth took by leg (p50, p95)."""
    from orchestration.serving.reader import open_served
    from orchestration.serving.status import status_text

    settings = Settings()
    with open_served(settings) as con:
        typer.echo(status_text(con, settings.zone, days))
