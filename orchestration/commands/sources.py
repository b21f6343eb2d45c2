"""`andon sources …` and `andon pull`: check the declared sources; bring what is new into landing.

Belongs here: arguments and the words printed. Does not belong here: declaring or pulling (`ingest/remote`).
"""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from orchestration.settings import Settings

sources = typer.Typer(no_args_is_help=True, help="Databases and APIs that are pulled.")
out = Console(highlight=False, soft_wrap=True)

DAY_FORMAT = ["%Y-%m-%d"]
SourceName = Annotated[str | None, typer.Option("--source", help="Only this source.")]


@sources.command("check")
def check(
    connect: Annotated[bool, typer.Option("--connect", help="Also try each connection, table and column.")] = False,
    source: SourceName = None,
) -> None:
    """Check the declaration; every problem with its file, line, field and remedy."""
    from orchestration.ingest.remote.declared import check_sources, load_sources

    settings = Settings()
    if settings.sources_file is None:
        raise SystemExit("No sources are declared: set ANDON_SOURCES_FILE to the file that declares them.")
    problems = [str(problem) for problem in check_sources(settings)]
    if connect and not problems:
        from orchestration.ingest.remote.effects import Effects
        from orchestration.ingest.remote.pull import check_connection, chosen

        for each in chosen(load_sources(settings), source):
            for table in each.tables:
                error = check_connection(settings, each, table, Effects(say=_say))
                out.print(f"  {each.name:<20}{table.remote_name():<30}{'failed' if error else 'ok'}")
                problems += [error] if error else []
    for problem in dict.fromkeys(problems):
        out.print(problem, style="red", markup=False)
    if problems:
        raise SystemExit(f"{settings.sources_file}: {len(set(problems))} problems")
    out.print(f"{settings.sources_file}: no problem found")


def pull(
    source: SourceName = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY_FORMAT, help="Pull these business days again: first.")
    ] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY_FORMAT, help="Last.")] = None,
) -> None:
    """Pull what is new into landing, where the next run takes it; with --from and --to, a range of days again."""
    from orchestration.errors import AndonError
    from orchestration.ingest.remote.declared import load_sources
    from orchestration.ingest.remote.effects import Effects
    from orchestration.ingest.remote.pull import Days, chosen, pull_table

    if (first is None) != (last is None):
        raise SystemExit("Give both --from and --to, or neither.")
    days = Days(first.date(), last.date()) if first and last else None
    settings, failed = Settings(), 0
    for each in chosen(load_sources(settings), source):
        for table in each.tables:
            effects = Effects(say=_say)
            try:
                report = pull_table(settings, each, table, effects.now(), effects, days)
            except (AndonError, OSError) as error:
                failed += 1
                out.print(effects.masked(error), style="red", markup=False)
            else:
                out.print(f"  {each.name:<20}{table.feed:<28}{report.rows:>9} rows {len(report.files):>5} files")
    if failed:
        raise SystemExit(f"{failed} tables could not be pulled; what was landed before stays")


def _say(line: str) -> None:
    out.print(f"  {line}", style="dim", markup=False)
