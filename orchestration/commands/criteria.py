"""`andon criteria …`: check the criteria, see what a change would do, export them, waive a defect.

Belongs here: arguments and the words printed. Does not belong here: the rules (`expectations/`), the lake
(`inspection/`).
"""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.commands.instants import AsOf, instant
from orchestration.settings import Settings

criteria = typer.Typer(no_args_is_help=True, help="The qualification criteria: check, diff, export, waive.")
out = Console(highlight=False, soft_wrap=True)

DAY_FORMAT = ["%Y-%m-%d"]
Lead = Annotated[str, typer.Argument(help="Lead id.")]
Code = Annotated[str, typer.Argument(help="Criterion's code.")]
Role = Annotated[str, typer.Option("--by", help="Role of the plan (owners.csv) that decides it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for whoever asks later.")]


@criteria.command("check")
def check(
    file: Annotated[Path | None, typer.Option(help="Default: ANDON_CRITERIA_FILE.")] = None,
) -> None:
    """Every problem of the criteria with its line and its remedy, also against the plan and what was judged so far."""
    from expectations.contract import check_contract
    from orchestration.inspection.criteria_log import past

    settings = Settings()
    path = file or settings.criteria_file
    owners, segments = _first_column(settings, "owners"), _first_column(settings, "segments")
    problems = check_contract(path, owners, segments, past(settings))
    for problem in problems:
        out.print(str(problem), style="red", markup=False)
    if problems:
        raise SystemExit(f"{path}: {len(problems)} problems")
    out.print(f"{path}: no problem found", markup=False)


@criteria.command("diff")
def diff(
    before: Annotated[str, typer.Option("--from", help="A file, a document's version, or current.")] = "current",
    after: Annotated[str, typer.Option("--to", help="The same; of it counts what is in force in the end.")] = "current",
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Whole weeks of handoffs to replay.")] = 8,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every row there.")] = None,
) -> None:
    """Replay the last weeks' leads under changed criteria: defects, volume against sales' capacity, cost."""
    from orchestration.commands.criteria_diff import show, write_csv
    from orchestration.inspection.proposal import try_change

    settings = Settings()
    proposal = try_change(settings, before, after, weeks)
    show(out, proposal, settings.currency)
    if csv is not None:
        write_csv(csv, proposal)
        out.print(f"every row: {csv}", markup=False)


@criteria.command("export")
def export(
    odcs: Annotated[Path | None, typer.Option("--odcs", help="Write it there; default: print it.")] = None,
) -> None:
    """The criteria as an Open Data Contract Standard document (YAML)."""
    from expectations.contract import ContractError, load_contract
    from expectations.odcs import to_odcs

    settings = Settings()
    try:
        document = to_odcs(load_contract(settings.criteria_file), settings.zone, settings.currency)
    except ContractError as error:
        raise SystemExit(f"{error}\nnothing was exported") from None
    if odcs is None:
        typer.echo(document, nl=False)
        return
    odcs.write_text(document, encoding="utf-8")
    out.print(f"written to {odcs}", markup=False)


@criteria.command("waive")
def waive(
    lead: Lead,
    code: Code,
    by: Role,
    why: Why,
    until: Annotated[datetime, typer.Option(formats=DAY_FORMAT, help="Last business day on which it holds.")],
    as_of: AsOf = None,
) -> None:
    """Let a defect stand until a day: neither verdict nor cost change, but its state in the next run's ledger."""
    _say(lead, code, "waive", by, why, until.date(), as_of)
    out.print(f"{code} of {lead} is waived through {until.date()}; the next run shows it", markup=False)


@criteria.command("withdraw")
def withdraw(lead: Lead, code: Code, by: Role, why: Why, as_of: AsOf = None) -> None:
    """Withdraw a waiver: the defect is open again from the next run on."""
    _say(lead, code, "withdraw", by, why, None, as_of)
    out.print(f"the waiver of {code} of {lead} is withdrawn; the next run shows it", markup=False)


@criteria.command("waivers")
def waivers() -> None:
    """Everything that was said about defects, the latest last."""
    from orchestration.inspection.waivers import said

    table = Table()
    for column in ("said (UTC)", "lead", "criterion", "what", "by", "until", "why"):
        table.add_column(column, overflow="fold")
    rows = said(Settings())
    for row in rows:
        moment = f"{row['recorded_at']:%Y-%m-%d %H:%M}"
        cells = (
            moment,
            row["lead_id"],
            row["criterion_code"],
            row["action"],
            row["by_role"],
            row["until"],
            row["reason"],
        )
        table.add_row(*(_cell(value) for value in cells))
    out.print(table if rows else "Nothing was waived yet.")


def _say(lead: str, code: str, action: str, by: str, why: str, until: date | None, as_of: datetime | None) -> None:
    from orchestration.inspection.waivers import Waiver, say

    say(Settings(), Waiver(lead, code, "waive" if action == "waive" else "withdraw", by, why, until, instant(as_of)))


def _cell(value: object) -> str:
    from rich.markup import escape

    from orchestration.serving.inert import one_line

    return "" if value is None else escape(one_line(str(value)))


def _first_column(settings: Settings, table: str) -> list[str] | None:
    """The keys of a plan table, None while the plan cannot be read (`andon plan check` says why)."""
    import csv

    path = settings.plan_dir / f"{table}.csv"
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [row[0] for row in csv.reader(file) if row][1:]
