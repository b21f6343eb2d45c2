"""Weekly control as Dagster assets: the logs of revisions, and the checks on what was stored.

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

from orchestration.control.checks import SHOWN, Finding, drivers_against_variance, repeated_rows
from orchestration.control.inputs import read_statuses
from orchestration.control.loop import Loop
from orchestration.control.quality_schemas import (
    BACKTEST,
    CHANGES,
    CHARTS,
    DISPUTE,
    ESTIMATES,
    JUDGES,
    PARETO,
    QUALITY,
    WORTH,
)
from orchestration.control.revisions import RevisionStore, Saved
from orchestration.control.schemas import CAPACITY, DRIVERS, SIGNALS, VARIANCE
from orchestration.control.track_record import STORED
from orchestration.control.week_inputs import MARTS, read_week_inputs
from orchestration.control.weekly_run import run_week_tables
from orchestration.ingest.lake import naive_utc
from orchestration.partitions import run_as_of, weekly_partitions
from orchestration.serving.reader import open_served
from orchestration.settings import Settings

ONE_ROW_PER_METRIC = "one_row_per_metric"
DRIVERS_SUM_TO_VARIANCE = "drivers_sum_to_variance"
READS = [AssetKey([mart]) for mart in MARTS]
DESCRIPTIONS = {
    VARIANCE: "Plan against actual per week, matured, signal or noise, with revisions.",
    DRIVERS: "Why, by source and factor, with revisions.",
    CAPACITY: "What each team was sent against what it can work, with revisions.",
    SIGNALS: "What stands out, with its cause, price and owner, with revisions.",
    QUALITY: "Defects per lead, yields, control limits and cost of poor quality per source, with revisions.",
    PARETO: "The criteria that make up a week's defects, largest first, with revisions.",
    DISPUTE: "Sales' verdicts against the inspector's per source and rep, with revisions.",
    JUDGES: "How right the inspector and sales are by the audit, and the corrected defect rate, with revisions.",
    WORTH: "Whether failing a criterion predicts not converting, with revisions.",
    CHARTS: "Every metric against its own past: value, centre and limits of its control chart, with revisions.",
    ESTIMATES: "What the week said of the cohort four weeks old, kept to be scored when it has come true.",
    BACKTEST: "How right the estimates told so far have turned out to be, per measure, with revisions.",
    CHANGES: "Criteria that predict nothing and rejections that none explains, with revisions.",
}


def log_key(table: str) -> AssetKey:
    """The asset of a table's revisions."""
    return AssetKey([f"{table}_log"])


def build_control_assets(settings: Settings) -> list[AssetsDefinition]:
    """The weekly logs, computed together from the served copy, checks included."""

    @multi_asset(
        name="weekly_control",
        specs=[AssetSpec(log_key(table), deps=READS, description=text) for table, text in DESCRIPTIONS.items()],
        check_specs=[
            AssetCheckSpec(ONE_ROW_PER_METRIC, asset=log_key(VARIANCE), blocking=True),
            AssetCheckSpec(DRIVERS_SUM_TO_VARIANCE, asset=log_key(DRIVERS), blocking=True),
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
        for table in DESCRIPTIONS:
            yield MaterializeResult(asset_key=log_key(table), metadata=_metadata(saved))
        yield from _checks(store, saved)

    return [weekly_control]


def run_weeks(settings: Settings, store: RevisionStore, weeks: Sequence[date], as_of: datetime) -> list[Saved]:
    """Compute `weeks` from the served copy as of `as_of` (aware) and store what changed, one week at a time.

    Raises NothingPublishedError without a served copy, ResidualError if a decomposition is not exact;
    weeks stored before an error stay stored, the next run finds them unchanged.
    """
    with open_served(settings) as con:
        statuses, _ = read_statuses(con)
        inputs = read_week_inputs(con)
        loop = Loop.open(settings, store, inputs, con, as_of)
    told = store.all_rows(ESTIMATES, STORED, naive_utc(as_of))
    return [
        store.save(result.week.week_start, result.tables | loop.rows_of(result.week), note=result.week.reason)
        for result in run_week_tables(inputs, statuses, weeks, as_of, settings.zone, told)
    ]


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
    yield _check(ONE_ROW_PER_METRIC, log_key(VARIANCE), repeated_rows(variance))
    yield _check(DRIVERS_SUM_TO_VARIANCE, log_key(DRIVERS), drivers_against_variance(variance, drivers))


def _check(name: str, asset: AssetKey, finding: Finding) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=name,
        asset_key=asset,
        passed=not finding.wrong,
        severity=AssetCheckSeverity.ERROR,
        description="; ".join(finding.wrong[:SHOWN]) or None,
        metadata={"compared": finding.compared, "wrong": len(finding.wrong)},
    )
