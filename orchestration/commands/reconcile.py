"""`andon reconcile`: what marketing and sales each count in a week, and the records behind the difference.

Belongs here: arguments and printing. Does not belong here: the figures (`serving/reconciliation`).
"""

from datetime import datetime
from typing import Annotated

import typer

from orchestration.settings import Settings


def reconcile(
    week: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Any day of the week.")],
    source: Annotated[str | None, typer.Option(help="One source, as in sources.csv.")] = None,
    campaign: Annotated[str | None, typer.Option(help="One campaign, as in campaigns.csv.")] = None,
    joint: Annotated[str | None, typer.Option(help="One joint, such as form_fills_to_leads.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="How many records to name.")] = 50,
) -> None:
    """Clicks, form fills, leads, handoffs and pipeline as each system counts them, with the records behind each gap."""
    from orchestration.partitions import week_start
    from orchestration.serving.reader import open_served
    from orchestration.serving.reconciliation.collect import collect_reconciliation
    from orchestration.serving.reconciliation.show import text

    with open_served(Settings()) as con:
        found = collect_reconciliation(
            con, week_start(week.date()), source=source, campaign=campaign, joint=joint, limit=limit
        )
    typer.echo(text(found))
