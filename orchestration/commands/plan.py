"""`andon plan import` and `andon plan export`: the plan as a spreadsheet.

Belongs here: arguments and the words printed. Does not belong here: reading or writing a workbook
(`ingest/plan_workbook.py`).
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from orchestration.settings import Settings

out = Console(highlight=False, soft_wrap=True)
Workbook = Annotated[Path, typer.Argument(help="The workbook, .xlsx.")]


def add_plan_commands(plan: typer.Typer) -> None:
    """Register both commands."""
    plan.command("import")(plan_import)
    plan.command("export")(plan_export)


def plan_import(
    file: Workbook,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show the changes only.")] = False,
) -> None:
    """Take a workbook over into the plan's files: all of it, once the whole plan is sound, or nothing."""
    from orchestration.ingest.plan_workbook import read_workbook, write_import

    settings = Settings()
    imported = read_workbook(file, settings.plan_dir, settings.zone)
    for line in imported.diff:
        style = "green" if line.startswith("+") else "red" if line.startswith("-") else None
        out.print(line, style=style, markup=False)
    if imported.kept:
        out.print(f"without a sheet, kept as they are: {', '.join(imported.kept)}")
    if not imported.files:
        out.print(f"{settings.plan_dir}: nothing to change")
        return
    if dry_run:
        out.print(f"{len(imported.files)} files would change: {', '.join(imported.files)}")
        return
    write_import(imported, settings.plan_dir)
    out.print(f"{settings.plan_dir}: {len(imported.files)} files changed: {', '.join(imported.files)}")


def plan_export(file: Workbook) -> None:
    """Write the plan as a workbook, one sheet per table: a template for the next version."""
    from orchestration.ingest.plan_workbook import export_plan

    settings = Settings()
    sheets = export_plan(settings.plan_dir, file)
    out.print(f"{file}: {sheets} sheets")
