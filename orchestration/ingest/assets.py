"""Ingest as Dagster assets: one per feed, one set for the plan, with the checks that carry their result.

Belongs here: keys, partitions, checks, retries, metadata. Does not belong here: what a load does (`load.py`,
`plan.py`).

A refused file stops nothing but itself: the feed's other files are loaded, the marts are built from what is known,
and the run still ends red, by a step that only looks for refused files. Only input and output errors are retried: a
broken contract does not mend itself.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Failure,
    MaterializeResult,
    MetadataValue,
    RetryRequested,
    asset,
    multi_asset,
    multi_asset_check,
)

from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import feeds_on
from orchestration.ingest.load import LoadReport, load_feed
from orchestration.ingest.plan import PlanError, load_plan
from orchestration.ingest.plan_tables import PLAN_SYSTEM, PLAN_TABLES
from orchestration.ingest.remote.assets import build_pull_assets, pull_keys
from orchestration.ingest.verify import conservation_gaps, open_refusals
from orchestration.partitions import business_day_of, daily_partitions, run_as_of
from orchestration.settings import Settings

GROUP = "ingest"
RETRIES = 3
SECONDS_BETWEEN_RETRIES = 5
SHOWN = 20

NO_FILE_REFUSED = "no_file_refused"


def build_ingest_assets(settings: Settings) -> list[AssetsDefinition | AssetChecksDefinition]:
    """Every feed that is on, key [system, table], daily, ranges in one run; the plan's, keys ["plan", table]; checks;
    upstream of them the pulls of declared sources.
    """
    pulls = pull_keys(settings)
    feeds = [_feed_asset(settings, feed, pulls.get(feed.name, [])) for feed in feeds_on(settings)]
    return [*build_pull_assets(settings), *feeds, _plan_assets(settings), _refused_files(settings)]


def _feed_asset(settings: Settings, feed: Feed, pulls: list[AssetKey]) -> AssetsDefinition:
    key = AssetKey([feed.system, feed.table])

    @asset(
        key=key,
        group_name=GROUP,
        description=feed.description,
        deps=pulls,
        partitions_def=daily_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
        check_specs=[
            AssetCheckSpec(
                "conservation",
                asset=key,
                blocking=True,
                description="Lines read are rows in the lake plus rejects, counted again from the files.",
            ),
            AssetCheckSpec("no_line_rejected", asset=key, description="Every line delivered was loaded."),
        ],
    )
    def load(context: AssetExecutionContext) -> Iterator[Any]:
        first_day, last_day = _window(context)
        with _retry_on_io_error():
            report = load_feed(feed, settings, first_day, last_day, run_as_of(context, settings))
        for warning in report.warnings:
            context.log.warning(warning)
        for refusal in report.refusals:
            context.log.error(refusal)
        checks = _checks(settings, feed, report)
        yield MaterializeResult(asset_key=key, metadata=_metadata(report), check_results=checks)

    return load


def _refused_files(settings: Settings) -> AssetChecksDefinition:
    keys = {feed: AssetKey([feed.system, feed.table]) for feed in feeds_on(settings)}
    description = "Every file in landing could be read and keeps the contract."

    @multi_asset_check(
        name="refused_files",
        specs=[AssetCheckSpec(NO_FILE_REFUSED, asset=key, description=description) for key in keys.values()],
    )
    def refused_files() -> Iterator[AssetCheckResult]:
        refused: list[str] = []
        for feed, key in keys.items():
            faults = open_refusals(settings, feed)
            refused += faults
            yield _check(key, NO_FILE_REFUSED, faults, AssetCheckSeverity.ERROR)
        if refused:
            raise Failure("\n".join(refused), allow_retries=False)

    return refused_files


def _plan_assets(settings: Settings) -> AssetsDefinition:
    @multi_asset(
        name=PLAN_SYSTEM,
        group_name=GROUP,
        specs=[AssetSpec([PLAN_SYSTEM, table.table], description=table.description) for table in PLAN_TABLES],
    )
    def plan(context: AssetExecutionContext) -> Iterator[Any]:
        as_of = run_as_of(context, settings)
        try:
            with _retry_on_io_error():
                reports = load_plan(settings, business_day_of(as_of, settings.zone), as_of)
        except PlanError as error:
            raise Failure(str(error), allow_retries=False) from error
        for table, report in zip(PLAN_TABLES, reports, strict=True):
            for warning in report.warnings:
                context.log.warning(warning)
            yield MaterializeResult(asset_key=[PLAN_SYSTEM, table.table], metadata=_metadata(report))

    return plan


def _window(context: AssetExecutionContext) -> tuple[date, date]:
    """The first and last business day of the run's partitions."""
    window = context.partition_time_window
    return window.start.date(), (window.end - timedelta(hours=12)).date()


@contextmanager
def _retry_on_io_error() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN_RETRIES) from error


def _metadata(report: LoadReport) -> dict[str, MetadataValue]:
    counts = {
        "files": report.files_loaded,
        "lines_read": report.lines_read,
        "rows_loaded": report.rows_loaded,
        "rows_rejected": report.rows_rejected,
        "files_refused": len(report.refusals),
        "files_delivered_again": len(report.duplicates),
        "files_left_unsettled": len(report.unsettled),
    }
    metadata: dict[str, MetadataValue] = {name: MetadataValue.int(count) for name, count in counts.items()}
    for name, texts in (("refusals", report.refusals), ("warnings", report.warnings)):
        if texts:
            metadata[name] = MetadataValue.md("\n".join(f"- {text}" for text in texts[:SHOWN]))
    return metadata


def _checks(settings: Settings, feed: Feed, report: LoadReport) -> list[AssetCheckResult]:
    key = AssetKey([feed.system, feed.table])
    gaps = conservation_gaps(settings, feed, report.files)
    rejecting = [f"{file.file_name}: {file.rows_rejected}" for file in report.files if file.rows_rejected]
    return [
        _check(key, "conservation", gaps, AssetCheckSeverity.ERROR),
        _check(key, "no_line_rejected", rejecting, AssetCheckSeverity.WARN),
    ]


def _check(key: AssetKey, name: str, faults: list[str], severity: AssetCheckSeverity) -> AssetCheckResult:
    return AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not faults,
        severity=severity,
        description="\n".join(faults[:SHOWN]) or None,
        metadata={"faults": len(faults)},
    )
