"""`andon explain LEAD`: a lead's whole story in the terminal.

Belongs here: arguments and printing. Does not belong here: the story (`serving/story`).
"""

from typing import Annotated

import typer

from orchestration.settings import Settings


def explain(
    lead: Annotated[str, typer.Argument(help="Id of the lead, as the CRM delivers it; merged ones are found too.")],
    full: Annotated[bool, typer.Option("--full", help="Show e-mail addresses as delivered.")] = False,
    page: Annotated[bool, typer.Option("--page", help="Also write the page under reports/leads/.")] = False,
) -> None:
    """Everything known of a lead: each event, touch, handoff, verdict and criterion, its cost, its file and line."""
    from orchestration.serving.reader import open_served
    from orchestration.serving.story.collect import collect_stories, find_lead
    from orchestration.serving.story.show import text
    from orchestration.serving.story.write import write_stories

    settings = Settings()
    with open_served(settings) as con:
        lead_id = find_lead(con, lead)
        (story,) = collect_stories(con, [lead_id], zone=settings.zone, currency=settings.currency, full=full)
        typer.echo(text(story))
        if page:
            (path,) = write_stories(settings, con, [lead_id])
            typer.echo(f"Page  {path}")
