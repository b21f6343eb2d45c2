"""Weekly control as Dagster assets: the two logs of revisions, and the checks on what was stored.

Belongs here: reading the published copy, calling the pure functions for the run's weeks, storing,
reporting. Does not belong here: any formula, or the decision which weeks to run (`weeks.py`,
`automation.py`).
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    MaterializeResult,
    multi_asset,
)

from orchestration.control.cells import align
from orchestration.control.checks import SHOWN, Finding, drivers_against_variance, repeated_rows
from orchestration.control.drivers import weekly_drivers
from orchestration.control.inputs import read_actual, read_plan, read_statuses
from orchestration.control.loop import Loop
from orchestration.control.plan_against_actual import weekly_variance
from orchestration.control.revisions import RevisionStore, Saved
from orchestration.control.schemas import DRIVERS, VARIANCE
from orchestration.control.week_state import JudgedWeek, judge_weeks
from orchestration.ingest.lake import naive_utc
from orchestration.partitions import run_as_of, weekly_partitions
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

VARIANCE_LOG = AssetKey(["weekly_variance_log"])
DRIVERS_LOG = AssetKey(["weekly_variance_drivers_log"])
ONE_ROW_PER_METRIC = "one_row_per_metric"
DRIVERS_SUM_TO_VARIANCE = "drivers_sum_to_variance"
READS = [AssetKey([mart]) for mart in ("fct_source_weekly", "plan_targets_weekly", "fct_week_status")]


def build_control_assets(settings: Settings) -> list[AssetsDefinition]:
    """The weekly logs of variance and drivers, computed together from the served copy, checks included."""

    @multi_asset(
        name="weekly_control",
        specs=[
            AssetSpec(VARIANCE_LOG, deps=READS, description="Plan against actual per week, with revisions."),
            AssetSpec(DRIVERS_LOG, deps=READS, description="Why, by source and factor, with revisions."),
        ],
        check_specs=[
            AssetCheckSpec(ONE_ROW_PER_METRIC, asset=VARIANCE_LOG, blocking=True),
            AssetCheckSpec(DRIVERS_SUM_TO_VARIANCE, asset=DRIVERS_LOG, blocking=True),
        ],
        group_name="control",
        partitions_def=weekly_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
    )
    def weekly_control(
        context: AssetExecutionContext,
    ) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        weeks = [date.fromisoformat(key) for key in context.partition_keys]
        store = RevisionStore(settings)
        saved = run_weeks(settings, store, weeks, run_as_of(context, settings))
        for result in saved:
            context.log.info(_told(result))
        yield MaterializeResult(asset_key=VARIANCE_LOG, metadata=_metadata(saved))
        yield MaterializeResult(asset_key=DRIVERS_LOG, metadata=_metadata(saved))
        yield from _checks(store, saved)

    return [weekly_control]


def run_weeks(settings: Settings, store: RevisionStore, weeks: Sequence[date], as_of: datetime) -> list[Saved]:
    """Compute `weeks` from the served copy as of `as_of` (aware) and store what changed, one week at a time.

    Raises NothingPublishedError without a served copy, ResidualError if a decomposition is not exact;
    weeks stored before an error stay stored, the next run finds them unchanged.
    """
    with open_served(settings) as con:
        statuses, _ = read_statuses(con)
        cells = align(read_actual(con), read_plan(con, weeks), weeks)
        loop = Loop.open(settings, store, con, as_of)
    judged = judge_weeks(weeks, statuses, as_of, settings.zone)
    variance = weekly_variance(cells, judged, naive_utc(as_of))
    drivers = weekly_drivers(cells, judged, naive_utc(as_of))
    tables = {VARIANCE: variance, DRIVERS: drivers}
    saved: list[Saved] = []
    for week in judged:
        rows = {name: _of(rows, week) for name, rows in tables.items()}
        saved.append(store.save(week.week_start, rows | loop.rows_of(week), note=week.reason))
    return saved


def _of(rows: pd.DataFrame, week: JudgedWeek) -> pd.DataFrame:
    return rows.loc[rows["week_start"] == pd.Timestamp(week.week_start)]


def _told(saved: Saved) -> str:
    revision = saved.revision
    what = f"{revision.state}: {revision.reason}" if saved.created else "unchanged, nothing stored"
    return f"week of {revision.week_start}, revision {revision.number}, {what}"


def _metadata(saved: Sequence[Saved]) -> dict[str, int | str]:
    return {
        "weeks": len(saved),
        "new_revisions": sum(result.created for result in saved),
        "blocked_weeks": sum(result.revision.state == "blocked" for result in saved),
        "last_week": _told(saved[-1]),
    }


def _checks(store: RevisionStore, saved: Sequence[Saved]) -> Iterator[AssetCheckResult]:
    """Both checks, on the runs' weeks as they now stand in the lake."""
    variance = pd.concat([store.read(result.revision, VARIANCE) for result in saved])
    drivers = pd.concat([store.read(result.revision, DRIVERS) for result in saved])
    yield _check(ONE_ROW_PER_METRIC, VARIANCE_LOG, repeated_rows(variance))
    yield _check(DRIVERS_SUM_TO_VARIANCE, DRIVERS_LOG, drivers_against_variance(variance, drivers))


def _check(name: str, asset: AssetKey, finding: Finding) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=name,
        asset_key=asset,
        passed=not finding.wrong,
        severity=AssetCheckSeverity.ERROR,
        description="; ".join(finding.wrong[:SHOWN]) or None,
        metadata={"compared": finding.compared, "wrong": len(finding.wrong)},
    )
