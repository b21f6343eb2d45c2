"""`andon backtest`: how right past estimates were, measure by measure.

Belongs here: arguments and the table. Does not belong here: the replay and its scores (`control/backtest.py`).
"""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.errors import AndonError
from orchestration.settings import Settings

out = Console(highlight=False, soft_wrap=True)
HEADINGS = ("measure", "cohorts", "covered", "bias", "error", "of plan", "of counts", "")


class BacktestError(AndonError):
    """Nothing can be scored; the text says why."""


def backtest(
    age: Annotated[int, typer.Option(min=0, help="Weeks after the cohort's at which it is estimated.")] = 4,
) -> None:
    """Score past estimates by what came true: the coverage of the 80 % interval, bias and error."""
    from orchestration.control.backtest import ACCEPTABLE_COVERAGE, LEAST_COHORTS, WEEKS, Score, replay, scores
    from orchestration.control.inputs import read_statuses
    from orchestration.control.week_inputs import read_week_inputs
    from orchestration.serving.reader import open_served

    with open_served(Settings()) as con:
        statuses, _ = read_statuses(con)
        inputs = read_week_inputs(con)
    closed = [week for week, status in statuses.items() if status.is_closed]
    rows = replay(inputs, max(closed), age) if closed else None
    if rows is None or rows.empty:
        raise BacktestError(f"no cohort that was open {age} weeks on is ripe by now: there is nothing to score yet")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if 0 < number < len(HEADINGS) - 1 else "left", no_wrap=True)

    def told(score: Score) -> str:
        if score.cohorts < LEAST_COHORTS:
            return "too few"
        return "" if score.coverage_is_acceptable else "not acceptable"

    for measure, own in rows.groupby("measure", sort=False):
        found = scores(own)
        ours = found["credible"]
        shares = (ours.coverage, ours.bias, ours.error, found["plan_only"].error, found["naive"].error)
        table.add_row(str(measure), str(ours.cohorts), *(_percent(share) for share in shares), told(ours))
    low, high = ACCEPTABLE_COVERAGE
    out.print(
        f"cohorts (tactic x week) {age} weeks old, up to {WEEKS} weeks of each measure, to the week of {max(closed)};\n"
        f"the 80 % interval should cover {low:.0%} to {high:.0%} of what came true; errors\n"
        "are ours, those of the plan's rates, and those of what had come by then"
    )
    out.print(table)


def _percent(share: float) -> str:
    return "-" if share != share else f"{share:+.1%}".removeprefix("+")
