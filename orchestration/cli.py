"""`andon …`: what a person types.

Belongs here: arguments, progress and the words printed. Does not belong here: anything the daemon needs too;
the commands call the same jobs and functions that schedules and sensors start.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from orchestration.commands.action import action
from orchestration.commands.audit import audit
from orchestration.commands.backtest import backtest
from orchestration.commands.criteria import criteria
from orchestration.commands.explain import explain
from orchestration.commands.instants import AsOf, instant
from orchestration.commands.outbox import outbox
from orchestration.commands.plan import add_plan_commands
from orchestration.commands.reconcile import reconcile
from orchestration.commands.shift import shift
from orchestration.commands.sources import pull, sources
from orchestration.commands.status import status
from orchestration.commands.whatif import whatif
from orchestration.settings import Settings, setting_problems
from orchestration.simulation.scenarios import Scenario

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Weekly operational control for sales and marketing.",
)
plan = typer.Typer(no_args_is_help=True, help="The plan: targets, budgets, capacity, maps.")
app.add_typer(criteria, name="criteria")
app.add_typer(plan, name="plan")
add_plan_commands(plan)
app.add_typer(outbox, name="outbox")
app.add_typer(sources, name="sources")
app.command("pull")(pull)
app.command()(explain)
app.command()(reconcile)
app.command()(status)
app.add_typer(shift, name="shift")
app.command()(whatif)
app.command()(backtest)
app.add_typer(action, name="action")
app.add_typer(audit, name="audit")
out = Console(highlight=False, soft_wrap=True)

DEMO_FIRST_DAY = date(2026, 3, 9)
DEMO_WEEKS = 16

DAY_FORMAT = ["%Y-%m-%d"]
FirstDay = Annotated[datetime, typer.Option("--from", formats=DAY_FORMAT, help="First business day.")]
LastDay = Annotated[datetime, typer.Option("--to", formats=DAY_FORMAT, help="Last business day.")]


@app.command()
def demo(
    weeks: Annotated[int, typer.Option(help="Weeks of history.")] = DEMO_WEEKS,
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 7,
    scenario: Annotated[Scenario, typer.Option(help="What goes wrong.")] = Scenario.DISCONNECT,
) -> None:
    """Simulate a company, run the whole line on it and print where its weekly review lies."""
    settings = Settings()
    last = DEMO_FIRST_DAY + timedelta(days=7 * weeks - 1)
    out.print(f"{weeks} weeks of a company rolling out an enterprise tier ({scenario}), in {settings.home}")
    _simulate(settings, DEMO_FIRST_DAY, last, seed, scenario, 1.0)
    _daily(settings, last, last, None)
    _close_weeks(settings)
    _say_where(settings)


@app.command()
def simulate(
    first: FirstDay,
    last: LastDay,
    seed: Annotated[int, typer.Option(help="Same seed, same files.")] = 7,
    scenario: Annotated[Scenario, typer.Option(help="What goes wrong.")] = Scenario.DISCONNECT,
    scale: Annotated[float, typer.Option(help="1 is about 800 leads a week.")] = 1.0,
    vendor: Annotated[str | None, typer.Option(help="CRM: flat, salesforce or hubspot.")] = None,
    web: Annotated[str | None, typer.Option(help="Tracker: flat, ga4 or segment; default the vendor's usual.")] = None,
) -> None:
    """Write the source files of a simulated company into landing/, day by day, in the shape of its vendors."""
    _simulate(Settings(), first.date(), last.date(), seed, scenario, scale, vendor, web)


@app.command()
def run(
    day: Annotated[
        datetime | None, typer.Option(formats=DAY_FORMAT, help="Default: the last day that has ended.")
    ] = None,
    as_of: Annotated[datetime | None, typer.Option(help="Instant (UTC); default 06:00 the next day.")] = None,
) -> None:
    """One daily run: ingest, prepare, inspect, build the marts, publish."""
    settings = Settings()
    chosen = day.date() if day else _last_ended_day(settings)
    if as_of is None:
        _check_days(settings, chosen, chosen)
    _daily(settings, chosen, chosen, as_of.replace(tzinfo=UTC) if as_of else None)


@app.command()
def inspect(as_of: AsOf = None) -> None:
    """Inspect what has landed by now and tell the leads' owners at once, without a daily run."""
    from orchestration.partitions import business_day_of

    settings, at = Settings(), instant(as_of)
    day = business_day_of(at, settings.zone)
    _run(settings, "live inspection of what has landed", "live", day, day, at)


@app.command()
def backfill(
    first: FirstDay,
    last: LastDay,
) -> None:
    """Run a range of business days in one run, then every week that is due."""
    settings = Settings()
    _check_days(settings, first.date(), last.date())
    _daily(settings, first.date(), last.date(), None)
    _close_weeks(settings)


@app.command()
def close() -> None:
    """Run the weekly control for every closed week that has no revision yet, or was corrected since."""
    settings = Settings()
    _close_weeks(settings)
    _say_where(settings)


@app.command()
def dev(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Serve the Dagster UI with schedules and sensors on; state is kept under ANDON_HOME."""
    from orchestration.runner import prepare_instance

    settings = Settings()
    os.environ["DAGSTER_HOME"] = str(prepare_instance(settings))
    os.environ["ANDON_HOME"] = str(settings.home)
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-m", "orchestration.definitions"]
    os.execv(command[0], [*command, "-h", "127.0.0.1", "-p", str(port)])


@app.command()
def feeds(name: Annotated[str | None, typer.Argument(help="Such as crm.leads; default all.")] = None) -> None:
    """Print the column contract of the feeds that are on, or of any one by its name."""
    from orchestration.ingest.contracts import FEEDS, feeds_on

    on = feeds_on(Settings())
    wanted = [feed for feed in (*on, *FEEDS) if feed.name == name][:1] if name else on
    if not wanted:
        raise SystemExit(f"No feed {name}; there are {', '.join(feed.name for feed in FEEDS)}")
    for feed in wanted:
        out.print(f"{feed.name}  {feed.description}", style="bold")
        out.print(f"  drop files into landing/{feed.system}/{feed.table}/   key: {', '.join(feed.key)}")
        for column in feed.columns:
            need = "required" if column.required else ""
            out.print(f"  {column.name:<28}{column.type:<11}{need:<10}{column.description}")


@plan.command("check")
def plan_check() -> None:
    """Check the plan's files; every problem with its file, line, column and remedy."""
    from orchestration.ingest.plan import check_plan

    settings = Settings()
    _report(settings.plan_dir, [str(problem) for problem in check_plan(settings.plan_dir, settings.zone)])


def _report(subject: Path, problems: list[str]) -> None:
    for problem in problems:
        out.print(problem, style="red")
    if problems:
        raise SystemExit(f"{subject}: {len(problems)} problems")
    out.print(f"{subject}: no problem found")


def _simulate(
    settings: Settings,
    first: date,
    last: date,
    seed: int,
    scenario: Scenario,
    scale: float,
    vendor: str | None = None,
    web: str | None = None,
) -> None:
    from orchestration.simulation import simulate as deliver

    def show(_: date, week: int, weeks: int) -> None:
        status.update(f"simulating week {week} of {weeks}")

    started = time.perf_counter()
    with out.status("simulating") as status:
        report = deliver(
            settings, first, last, seed=seed, scenario=scenario, scale=scale, vendor=vendor, web=web, progress=show
        )
    out.print(f"  {'simulate':<38}{time.perf_counter() - started:6.1f} s  {report}")
    if report.vendors != ("flat",):
        out.print(f"  to load it: export ANDON_VENDORS={','.join(report.vendors)}")
        out.print(f"  export ANDON_CUSTOM_FIELDS='{json.dumps(report.custom_fields)}'")


def _daily(settings: Settings, first: date, last: date, as_of: datetime | None) -> None:
    days = f"{first}" if first == last else f"{first} to {last}"
    _run(settings, f"daily run of {days}", "daily", first, last, as_of)


def _close_weeks(settings: Settings) -> None:
    from orchestration.control.weeks import weeks_to_run

    due = weeks_to_run(settings)
    if not due:
        out.print("Every closed week has its review.")
        _take_decisions(settings)
        return
    first, last = min(week.week_start for week in due), max(week.week_start for week in due)
    _run(settings, f"weekly control of {len(due)} weeks", "weekly", first, last, due[-1].as_of)


def _take_decisions(settings: Settings) -> None:
    """What people decided on shifts and signed since the last run, into the marts and the platforms' files."""
    from orchestration.control.loop_assets import has_unpublished_word, newest_word
    from orchestration.partitions import business_date

    if has_unpublished_word(settings) and (word := newest_word(settings)) is not None:
        day = business_date(word, settings.zone)
        _run(settings, "decisions and signatures since the last run", "decisions", day, day, word)


def _run(settings: Settings, title: str, job: str, first: date, last: date, as_of: datetime | None) -> None:
    from orchestration.runner import RunFailedError, run_job

    out.print(title, style="bold")
    started = time.perf_counter()
    try:
        run_job(settings, job, first, last, as_of, _step_printer())
    except RunFailedError as error:
        out.print(str(error), style="red", markup=False)
        raise SystemExit(f"{title} failed") from None
    out.print(f"  {'done in':<38}{time.perf_counter() - started:6.1f} s")


def _step_printer() -> Callable[[str, bool], None]:
    started: dict[str, float] = {}

    def show(step: str, done: bool) -> None:
        if not done:
            started[step] = time.perf_counter()
            return
        out.print(f"  {step:<38}{time.perf_counter() - started[step]:6.1f} s")

    return show


def _say_where(settings: Settings) -> None:
    page = settings.reports / "index.html"
    out.print(f"\nWeekly reviews  {page}\nMarts for BI    {settings.served / 'current' / 'warehouse.duckdb'}")


def _check_days(settings: Settings, first: date, last: date) -> None:
    from orchestration.partitions import check_days

    check_days(first, last, _last_ended_day(settings), settings.landing)


def _last_ended_day(settings: Settings) -> date:
    from orchestration.clock import Clock
    from orchestration.partitions import last_ended_day

    return last_ended_day(Clock().now(), settings.zone)


def main() -> None:
    """Entry point of the `andon` command; a problem in a file or a setting is a message, not a traceback."""
    from orchestration.errors import AndonError

    try:
        app()
    except AndonError as error:
        raise SystemExit(str(error)) from None
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        raise SystemExit("\n".join(setting_problems(error))) from None
