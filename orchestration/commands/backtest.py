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
HEADINGS = ("measure", "n", "covered", "bias", "error", "plan", "counts", "")


class BacktestError(AndonError):
    """Nothing can be scored; the text says why."""


def backtest(
    age: Annotated[int, typer.Option(min=0, help="Weeks after the cohort's at which it is estimated.")] = 4,
) -> None:
    """Score past estimates by what came true: the coverage of the 80 % interval, bias and error."""
    from orchestration.control.backtest import (
        ACCEPTABLE_COVERAGE,
        LEAST_COHORTS,
        WEEKS,
        Score,
        replay,
        replay_company,
        score,
        scores,
    )
    from orchestration.control.inputs import read_statuses
    from orchestration.control.week_inputs import read_week_inputs
    from orchestration.serving.reader import open_served

    with open_served(Settings()) as con:
        statuses, _ = read_statuses(con)
        inputs = read_week_inputs(con)
    closed = [week for week, status in statuses.items() if status.is_closed]
    last = max(closed, default=None)
    rows = None if last is None else replay(inputs, last, age)
    if last is None or rows is None or rows.empty:
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
    company = replay_company(inputs, last, age)
    for measure, own in company.groupby("measure", sort=False):
        found = score(own, "estimate", with_interval=True)
        shares = (found.coverage, found.bias, found.error)
        table.add_row(f"{measure}, all", str(found.cohorts), *(_percent(s) for s in shares), "", "", "")
    low, high = ACCEPTABLE_COVERAGE
    out.print(
        f"n cohorts (tactic x week) {age} weeks old, up to {WEEKS} weeks of each measure, to the week of {last};\n"
        f"the 80 % interval should cover {low:.0%} to {high:.0%} of what came true; errors are\n"
        "ours, those of the plan's rates, and those of counting what had come by then;\n"
        "`all` is the company's weeks by chain ladder with Mack's interval, the referee"
    )
    out.print(table)


def _percent(share: float) -> str:
    return "-" if share != share else f"{share:+.1%}".removeprefix("+")
