"""`andon outbox …`: what waits, what was sent, what was given up; send now, try again.

Belongs here: arguments and the words printed. Does not belong here: sending or judging (`serving/outbox`).
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.clock import Clock
from orchestration.serving.inert import masked, one_line
from orchestration.serving.outbox import store
from orchestration.serving.outbox.health import health
from orchestration.serving.outbox.message import State, Stored
from orchestration.settings import Settings

outbox = typer.Typer(no_args_is_help=True, help="Reports on their way: list, send, try again.")
out = Console(highlight=False, soft_wrap=True)

STATES: dict[str, tuple[State, ...]] = {
    "pending": ("pending",),
    "dead": ("dead",),
    "sent": ("sent",),
    "all": ("pending", "dead", "sent"),
}
SECONDS_TO_SEND = 600.0
WIDE = 220


@outbox.command("list")
def list_messages(
    state: Annotated[str, typer.Option(help="pending, dead, sent or all.")] = "all",
    limit: Annotated[int, typer.Option(help="At most so many lines.")] = 50,
) -> None:
    """What is in the outbox, the newest first. Exit code 1 when sending has stopped or a message was given up."""
    if state not in STATES:
        raise SystemExit(f"No state {state}; there are {', '.join(STATES)}")
    _show(STATES[state], limit)


@outbox.command("dead")
def dead() -> None:
    """The messages that were given up, and why. Exit code 1 when there are any."""
    _show(("dead",), -1)


@outbox.command("send")
def send() -> None:
    """Send what is due now. Exit code 1 when something due could not be sent."""
    from orchestration.serving.delivery import deliver_due

    done = deliver_due(Settings(), Clock().now, SECONDS_TO_SEND)
    if done is None:
        raise SystemExit("Another process is sending; nothing was done.")
    out.print(str(done), markup=False)
    if done.failed or done.refused or done.left:
        raise SystemExit(1)


@outbox.command("retry")
def retry(
    ids: Annotated[list[int] | None, typer.Argument(help="As `list` shows them.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every message that was given up or waits.")] = False,
) -> None:
    """Make messages that were given up, or wait for their next attempt, due now."""
    if not ids and not all_:
        raise SystemExit("Say which: ids as `andon outbox list` shows them, or --all")
    from orchestration.serving.index import write_index

    settings, now = Settings(), Clock().now()
    with store.open_outbox(settings) as con, store.writing(con):
        revived = store.revive(con, None if all_ else ids, now)
    write_index(settings, now)
    out.print(f"{revived} messages are due now; `andon outbox send` sends them.")


@outbox.command("show")
def show(id: Annotated[int, typer.Argument(help="As `list` shows it.")]) -> None:
    """Write a message as it is sent (an .eml file, or JSON) to standard output."""
    with store.open_outbox(Settings()) as con:
        payload = store.payload(con, id)
    if payload is None:
        raise SystemExit(f"There is no message {id}, or its content was dropped after it was sent.")
    sys.stdout.buffer.write(payload)


def _show(states: Sequence[State], limit: int) -> None:
    now = Clock().now()
    with store.open_outbox(Settings()) as con:
        messages, state = store.listed(con, states, limit), health(con, now)
    if messages:
        Console(highlight=False, width=None if sys.stdout.isatty() else WIDE).print(_table(messages))
    out.print(f"{state.pending} waiting, {state.sent} sent, {state.dead} given up")
    for problem in state.problems():
        out.print(problem, style="red", markup=False)
    if not state.is_well:
        raise SystemExit(1)


def _table(messages: Sequence[Stored]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("id", "state", "report", "audience", "to", "attempts", "next or sent (UTC)", "subject or error"):
        table.add_column(title, no_wrap=True)
    for each in messages:
        moment = each.sent_at or each.next_attempt_at
        cells = (
            str(each.id), each.state, each.report, each.audience, f"{each.channel} {masked(each.address)}",
            str(each.attempts), "" if each.state == "dead" else f"{moment:%Y-%m-%d %H:%M}",
            one_line(each.last_error or each.subject, 90),
        )  # fmt: skip
        table.add_row(*(escape(cell) for cell in cells))
    return table
