"""`andon sources …` and `andon pull`: check the declared sources, pull what is new, say what the vendors cannot tell.

Belongs here: arguments and the words printed. Does not belong here: declaring or pulling (`ingest/remote`), the limits
themselves (`ingest/limits.py`).
"""

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from orchestration.ingest.limits import Limit, rows_query
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


@sources.command("limits")
def limits(
    vendor: Annotated[
        list[str] | None, typer.Option(help="Ask for these vendors instead of those that are on; repeat it.")
    ] = None,
    mart: Annotated[str | None, typer.Option(help="Only this mart.")] = None,
) -> None:
    """What the vendors cannot tell: which columns of which marts, in which rows, and why."""
    from itertools import groupby

    from orchestration.ingest.contracts import VENDORS
    from orchestration.ingest.limits import OWN_FILES, limits_of, untold_by
    from orchestration.serving.reader import MARTS_FOLDER

    settings = Settings()
    on = tuple(vendor or settings.vendors)
    if unknown := [each for each in on if each not in VENDORS]:
        raise SystemExit(f"No vendor is called {', '.join(unknown)}; there are {', '.join(VENDORS)}.")
    if mart and not [*MARTS_FOLDER.glob(f"*/{mart}.sql")]:
        raise SystemExit(f"No mart is called {mart}.")
    found = sorted(limits_of(on, mart), key=lambda limit: limit.mart)
    concerned = _rows_concerned(settings, found) if vendor is None else {}
    out.print(f"Vendors: {', '.join(on)}")
    for each in untold_by(on) if mart is None else ():
        out.print(f"Empty: {', '.join(each.marts)}. {each.reason}")
    for name, of_mart in groupby(found, key=lambda limit: limit.mart):
        out.print(f"\n{name}", style="bold")
        for limit in of_mart:
            by = ", ".join(each for each in limit.vendors if each in on)
            out.print(f"  {', '.join(limit.columns) or 'whole rows'}: {limit.rows.words} ({by})")
            out.print(f"    {limit.reason}{concerned.get(limit, '')}", style="dim")
    for said in _lacking(settings) if mart is None and vendor is None else ():
        out.print(said)
    if mart is None:
        out.print(f"\nAbout the vendors' own files and records: {', '.join(OWN_FILES)}")
    if not found:
        out.print("No limit is known." if mart is None else f"No limit of {mart} is known.")


def _rows_concerned(settings: Settings, limits: list[Limit]) -> dict[Limit, str]:
    """How many rows of the published marts each limit is about, where a copy that has them is published."""
    from orchestration.errors import AndonError
    from orchestration.serving.reader import open_served

    try:
        with open_served(settings) as con:
            counted = {limit: con.execute(rows_query(limit)).fetchall()[0] for limit in limits}
    except AndonError:
        return {}
    return {limit: f" {rows:,} of {total:,} rows here." for limit, (rows, total) in counted.items() if rows}


def _lacking(settings: Settings) -> list[str]:
    """What was not delivered of the vendors that are on, as the published marts know it, as lines."""
    from orchestration.errors import AndonError
    from orchestration.serving.reader import open_served

    try:
        with open_served(settings) as con:
            gaps = con.execute(
                "select vendor, concat_ws('.', table_name, column_name), consequence from marts.vendor_gaps"
                " order by all"
            ).fetchall()
    except AndonError:
        return []
    lines = [f"  {vendor} {what}: {consequence}" for vendor, what, consequence in gaps]
    return ["\nNot delivered", *lines] if lines else []


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
    if first and last and last < first:
        raise SystemExit("--to lies before --from: give the first day, then the last.")
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
