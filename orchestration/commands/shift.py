"""`andon shift …`: which budgets move on which Tuesday, and a person's word on it.

Belongs here: arguments, the table, the words printed. Does not belong here: who may decide (`control/decisions.py`), or
what a state means (`control/shift_states.py`).
"""

from datetime import datetime
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

from orchestration.commands.instants import AsOf, instant
from orchestration.serving.inert import one_line
from orchestration.settings import Settings

shift = typer.Typer(no_args_is_help=True, help="Budget shifts: what moves on Tuesday, and decisions on it.")
out = Console(highlight=False, soft_wrap=True)

OPEN = ("proposed", "approved", "held", "fix_sla")
By = Annotated[str, typer.Option("--by", help="Your role, as the plan's owners.csv has it.")]
Why = Annotated[str, typer.Option("--why", help="The reason, kept with the decision.")]


@shift.command("list")
def list_shifts(
    every: Annotated[bool, typer.Option("--all", help="Also what has run its course.")] = False,
    as_of: AsOf = None,
) -> None:
    """Shifts that are to come, or all of them; decisions just taken are seen at once."""
    from orchestration.control.loop_assets import current_shifts

    settings = Settings()
    at = instant(as_of)
    shifts = current_shifts(settings, at)
    today = pd.Timestamp(at.astimezone(settings.zone).date())
    if not every:
        coming = pd.to_datetime(shifts["effective_on"]) > today
        shifts = shifts.loc[(shifts["state"].isin(OPEN) & coming) | (shifts["state"] == "in_effect")]
    if shifts.empty:
        out.print("No shift is to come." if not every else "The playbook has not fired yet.")
        return
    for _, legs in shifts.sort_values(["effective_on", "shift_id", "leg"]).groupby("shift_id", sort=False):
        _show(legs, settings.currency)


@shift.command("approve")
def approve(shift_id: str, by: By, why: Why, as_of: AsOf = None) -> None:
    """Let the shift move its money on its Tuesday."""
    _decide(shift_id, "approve", by, why, as_of)


@shift.command("hold")
def hold(shift_id: str, by: By, why: Why, as_of: AsOf = None) -> None:
    """Stop the shift for now; approve it before its Tuesday to let it go on."""
    _decide(shift_id, "hold", by, why, as_of)


@shift.command("reject")
def reject(shift_id: str, by: By, why: Why, as_of: AsOf = None) -> None:
    """Stop the shift."""
    _decide(shift_id, "reject", by, why, as_of)


def _decide(shift_id: str, decision: str, by: str, why: str, as_of: datetime | None) -> None:
    from orchestration.control.decisions import decide_on_shift, decision_log
    from orchestration.control.loop_assets import current_shifts

    settings, at = Settings(), instant(as_of)
    shifts = current_shifts(settings, at)
    log = decision_log(settings)
    is_new = decide_on_shift(log, shifts, shift_id, decision, by, why, at, settings.zone)
    after = current_shifts(settings, at)
    state = after.loc[after["shift_id"].str.startswith(shift_id), "state"].iloc[0]
    told = f"{decision} by {by} is recorded" if is_new else f"{decision} by {by} stood already"
    out.print(f"{told}; the shift is {state}. The marts and the platforms' file follow with the next run: the daemon's")
    out.print("at once, or `andon close`.")


def _show(legs: pd.DataFrame, currency: str) -> None:
    """One shift: when and in which state, who decides, where its money goes, and why."""
    head = {str(name): value for name, value in legs.iloc[0].to_dict().items()}
    rule = f"{head['rule_id']} v{head['rule_version']}, {str(head['approval']).replace('_', '-')}"
    tuesday = f"{pd.Timestamp(head['effective_on']):%Y-%m-%d}"
    decides = f"{_text(rule)}  decides: {_text(head['approver'])}"
    out.print(f"{head['shift_id']}  {tuesday}  [bold]{head['state']}[/bold]  {decides}")
    for leg in legs.to_dict("records"):
        if leg["amount"]:
            ends = f"{_text(leg['from_source'])} to {_text(leg['to_source'])}"
            out.print(f"    {leg['amount']:>12,.2f} {currency} a week   {ends}")
    if not legs["amount"].any():
        out.print(f"    {_text(head['from_source'])}")
    out.print(f"    {_text(head['reason'])}")
    if isinstance(head["decision"], str):
        out.print(f"    {head['decision']} by {_text(head['decided_by'])}: {_text(head['decision_reason'])}")


def _text(value: object) -> str:
    return escape(one_line(str(value)))
