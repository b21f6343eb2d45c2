"""`andon action …`: what has to be done, by whom and until when, and the controller's signature.

Belongs here: arguments and the words printed. Does not belong here: who may sign (`control/signatures.py`), or what a
state means (`control/actions.py`).
"""

from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

from orchestration.commands.instants import AsOf, instant
from orchestration.serving.inert import one_line
from orchestration.settings import Settings

action = typer.Typer(no_args_is_help=True, help="Actions that signals call for: list them, sign them off.")
out = Console(highlight=False, soft_wrap=True)

ENDED = ("closed", "withdrawn")


@action.command("list")
def list_actions(
    every: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False, as_of: AsOf = None
) -> None:
    """Actions that run, the overdue first; signatures just given are seen at once."""
    from orchestration.control.loop_assets import current_actions

    actions = current_actions(Settings(), instant(as_of))
    if not every:
        actions = actions.loc[~actions["state"].isin(ENDED)]
    if actions.empty:
        out.print("No action is open." if not every else "No signal has called for an action yet.")
    for row in actions.sort_values(["due_on", "action_id"]).to_dict("records"):
        _show({str(name): value for name, value in row.items()})


@action.command("sign")
def sign(
    action_id: str,
    by: Annotated[str, typer.Option("--by", help="Your role; only the action's controller may sign.")],
    why: Annotated[str, typer.Option("--why", help="What you saw, kept with the signature.")],
    as_of: AsOf = None,
) -> None:
    """Sign an action off: it closes when its outcome metric confirms it as well."""
    from orchestration.control.loop_assets import current_actions
    from orchestration.control.signatures import sign_action, signature_log

    settings, at = Settings(), instant(as_of)
    is_new = sign_action(signature_log(settings), current_actions(settings, at), action_id, by, why, at)
    after = current_actions(settings, at)
    row = after.loc[after["action_id"].str.startswith(action_id)].iloc[0]
    said = "is recorded" if is_new else "stood already"
    outcome = "" if row["is_confirmed"] else f"; it closes when {row['expected_outcome']}"
    out.print(f"The signature of {by} {said}; the action is {row['state']}{outcome}.")


def _show(row: dict[str, Any]) -> None:
    who = f"{row['owner']}, controlled by {row['controller']}"
    late = f", escalated to {row['escalated_to']}" if isinstance(row["escalated_to"], str) else ""
    out.print(f"{row['action_id']}  due {row['due_on']}  [bold]{row['state']}[/bold]{_text(late)}  {_text(who)}")
    out.print(f"    {_text(row['signal'])} {_text(row['subject'])}: {_text(row['evidence'])}")
    measured = row["measured_outcome"]
    weeks = f"{row['good_weeks']} of {row['confirm_weeks']} weeks"
    now = "not measured yet" if pd.isna(measured) else f"now {measured:.2f}, {weeks}"
    out.print(f"    done when {_text(row['expected_outcome'])} ({now})")
    if isinstance(row["signed_by"], str):
        out.print(f"    signed by {_text(row['signed_by'])}: {_text(row['signed_because'])}")
    if isinstance(row["withdrawn_because"], str):
        out.print(f"    {_text(row['withdrawn_because'])}")


def _text(value: object) -> str:
    return escape(one_line(str(value), 300))
