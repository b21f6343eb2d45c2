"""`andon audit …`: draw a week's leads for a blind audit, and record what the auditors found.

Belongs here: arguments and the words printed. Does not belong here: the sample (`inspection/audit_draw.py`), the
checks on a sheet (`inspection/audit_record.py`).
"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from orchestration.commands.instants import AsOf, instant
from orchestration.settings import Settings

audit = typer.Typer(no_args_is_help=True, help="Settle who is right about the leads: a blind weekly audit.")
out = Console(highlight=False, soft_wrap=True)


@audit.command("draw")
def draw(
    week: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Monday of the week that sales decided in.")],
    seed: Annotated[int, typer.Option(min=0, help="Same week and seed, same leads.")] = 1,
    size: Annotated[int, typer.Option(min=4, max=1000, help="Leads, evenly over the four quadrants.")] = 40,
    file: Annotated[Path | None, typer.Option("--out", help="Default: audit-<week>-<seed>.csv here.")] = None,
    personal: Annotated[bool, typer.Option("--personal-data", help="Full addresses, for auditors entitled.")] = False,
    as_of: AsOf = None,
) -> None:
    """Write the sheet that auditors fill in; it shows neither the inspector's nor sales' verdict."""
    from orchestration.inspection.audit_draw import draw_audit, sheet

    settings = Settings()
    drawn = draw_audit(settings, week.date(), seed, size, instant(as_of))
    path = file or Path(f"audit-{drawn.rows['draw_id'].iloc[0]}.csv")
    path.write_text(sheet(settings, drawn.rows, personal=personal), encoding="utf-8", newline="")
    said = "drawn" if drawn.is_new else "as drawn before"
    out.print(f"{len(drawn.rows)} leads {said}, written to {path}", markup=False)
    out.print(
        "Fill in verdict (ready, defective or cannot_tell), audited_by and audited_on, then `andon audit record`."
    )


@audit.command("record")
def record(file: Annotated[Path, typer.Argument(help="The filled-in sheet.")], as_of: AsOf = None) -> None:
    """Record a filled-in sheet, or nothing and every problem of it; recording it again changes nothing."""
    from orchestration.inspection.audit_record import record_audit

    done = record_audit(Settings(), file, instant(as_of))
    out.print(f"{done.added} recorded, {done.known} stood already, {done.blank} left blank")
    if done.added:
        out.print("The next daily run takes them in; the audited week is revised.")
