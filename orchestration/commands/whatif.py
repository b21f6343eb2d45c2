# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
"""`andon whatif`: changed rules over the weeks that were, beside the rules in force.

Belongs here: arguments, the table, the file. Does not belong here: the replay (`control/what_if.py`).
"""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.errors import AndonError
from orchestration.serving.inert import csv_cell, one_line
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.control.playbook import Rule

out = Console(highlight=False, soft_wrap=True)
DAY = ["%Y-%m-%d"]
MOVING = ("proposed", "rollback")


class WhatIfError(AndonError):
    """The question cannot be answered; the text says why."""


def whatif(
    rules: Annotated[Path, typer.Option("--rules", help="A playbook file with the changed rules.")],
    first: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="First week (any day of it).")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=DAY, help="Last week (any day of it).")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Also write every shift of both playbooks there.")] = None,
) -> None:
    """What changed rules would have done with the published weeks, and earned, beside the rules in force."""
    from orchestration.control import what_if
    from orchestration.control.inputs import read_statuses
    from orchestration.control.playbook_inputs import plan_cost, read_rules, rules_known
    from orchestration.control.week_inputs import read_week_inputs
    from orchestration.serving.reader import open_served

    settings = Settings()
    changed = _read(rules)
    with open_served(settings) as con:
        statuses, _ = read_statuses(con)
        inputs, known = read_week_inputs(con), read_rules(con)
    closed = sorted(week for week, status in statuses.items() if status.is_closed)
    weeks = [week for week in closed if _within(week, first, last)]
    past = what_if.standings(inputs, weeks)
    if not past:
        there = f"there are {closed[0]} to {closed[-1]}" if closed else "none has closed yet"
        raise WhatIfError(f"no closed week lies in that range: {there}")
    begins = past[0].week
    agreed = what_if.as_if_agreed(changed, begins)
    played = {
        "in force": what_if.replay_company(inputs, past, lambda week: rules_known(known, week, settings.zone)),
        "changed": what_if.replay_company(inputs, past, lambda _: agreed),
    }
    results = {name: what_if.earned(shifts, past[-1], [s.week for s in past]) for name, shifts in played.items()}
    cost = plan_cost(inputs, past[-1].week)
    out.print(f"{len(past)} weeks, {begins} to {past[-1].week}; every shift counts as agreed, gains are a model's")
    out.print(_totals(played, results, cost, settings.currency))
    for name, shifts in played.items():
        _print_moves(name, shifts, settings.currency)
    if csv is not None:
        _write(csv, played)
        out.print(f"{csv}: every shift of both playbooks")


def _read(path: Path) -> "tuple[Rule, ...]":
    from orchestration.ingest.plan_playbook import read_playbook

    try:
        rules, problems = read_playbook(path, str(path))
    except FileNotFoundError as error:
        raise WhatIfError(
            f"{path}: no such file: give the changed rules, such as a copy of the plan's playbook.yml"
        ) from error
    except OSError as error:
        raise WhatIfError(f"{path}: {error}") from error
    if problems:
        raise WhatIfError("\n".join(str(problem) for problem in problems))
    return rules


def _within(week: date, first: datetime | None, last: datetime | None) -> bool:
    ends = week.toordinal() + 6
    return (first is None or ends >= first.date().toordinal()) and (last is None or week <= last.date())


def _totals(played: "dict[str, pd.DataFrame]", results: "dict[str, pd.DataFrame]", cost: float, currency: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in played:
        table.add_column(name, justify="right")
    figures = {name: _figures(played[name], results[name], cost) for name in played}
    labels = (
        ("shifts that moved money", "{:,.0f}"), ("triggers stopped by a gate", "{:,.0f}"), ("shifts undone", "{:,.0f}"),
        (f"money moved, {currency}", "{:,.0f}"), (f"kept in reserve, {currency}", "{:,.0f}"),
        ("acquisitions gained", "{:+,.1f}"), (f"worth at planned cost, with the reserve, {currency}", "{:+,.0f}"),
    )  # fmt: skip
    for position, (label, shape) in enumerate(labels):
        table.add_row(label, *(shape.format(figures[name][position]) for name in played))
    return table


def _figures(shifts: pd.DataFrame, result: pd.DataFrame, cost: float) -> tuple[float, ...]:
    cuts = shifts.drop_duplicates("shift_id")
    gained, reserved = float(result["gained"].sum()), float(result["reserved"].sum())
    value = (gained * cost if cost == cost else 0.0) + reserved
    return (
        float((cuts["state"] == "proposed").sum()), float((~cuts["state"].isin(MOVING)).sum()),
        float((cuts["state"] == "rollback").sum()), float(result["moved"].sum()), reserved, gained, value,
    )  # fmt: skip


def _print_moves(name: str, shifts: pd.DataFrame, currency: str) -> None:
    moves = shifts.loc[shifts["state"].isin(MOVING)]
    out.print(f"\n{name}: {'what moved' if len(moves) else 'nothing moved'}")
    for row in moves.to_dict("records"):
        rule = f"{row['rule_id']} v{row['rule_version']}" + (" (undone)" if row["state"] == "rollback" else "")
        ends = f"{row['from_source']} to {row['to_source']}"
        why = f"{ends}  ({rule}, week of {row['week_start']})"
        out.print(f"  {row['effective_on']}  {row['amount']:>12,.2f} {currency} a week  {escape(one_line(why))}")


def _write(path: Path, played: "dict[str, pd.DataFrame]") -> None:
    rows = pd.concat([shifts.assign(playbook=name) for name, shifts in played.items()], ignore_index=True)
    text = [name for name in rows.columns if rows[name].dtype.kind not in "fi"]
    cells = rows.assign(**{name: [_cell(value) for value in rows[name]] for name in text})
    path.parent.mkdir(parents=True, exist_ok=True)
    cells.to_csv(path, index=False)


def _cell(value: object) -> str:
    return csv_cell(str(value)) if value is not None and value == value else ""
