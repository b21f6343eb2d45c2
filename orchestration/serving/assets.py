"""Serving as Dagster assets: the published copy, and the failure reports and weekly review made from it.

Belongs here: the graph, partitions and metadata. Does not belong here: how publishing or a review works.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    asset,
)

from orchestration.ingest.lake import modelled_as_of
from orchestration.partitions import weekly_partitions
from orchestration.serving.failures.write import Written, report_day
from orchestration.serving.outbox.health import health
from orchestration.serving.outbox.store import listed, open_outbox
from orchestration.serving.publish import publish
from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.write import write_review
from orchestration.serving.versions import read_version
from orchestration.settings import Settings
from orchestration.warehouse import WAREHOUSE_POOL

SERVED = AssetKey(["served_copy"])
FAILURE_REPORTS = AssetKey(["failure_reports"])
SENDING_WORKS = "sending_works"
NOTHING_GIVEN_UP = "nothing_given_up"
MOST_SHOWN = 20
_NOT_MARTS = frozenset({"staging", "intermediate"})


def build_serving_assets(settings: Settings, marts: Sequence[AssetsDefinition]) -> list[AssetsDefinition]:
    """`served_copy`, after all tables of the dbt asset sets in `marts`; `weekly_review` and `failure_reports` after it.

    The copy has no partitions: it is the whole of the marts, whichever day or week the run was for.
    """

    @asset(
        key=SERVED,
        deps=_mart_keys(marts),
        group_name="serving",
        pool=WAREHOUSE_POOL,
        kinds={"duckdb", "parquet"},
        description="The marts as a read-only copy that readers keep while the next one is made.",
    )
    def served_copy(context: AssetExecutionContext) -> MaterializeResult[Any]:
        version = publish(settings, context.run.run_id, modelled_as_of(settings))
        told = read_version(version)
        assert told is not None
        return MaterializeResult(
            metadata={
                "path": MetadataValue.path(version),
                "as_of": told.as_of,
                "tables": len(told.tables),
                "rows": sum(table.rows for table in told.tables.values()),
            }
        )

    @asset(
        key=AssetKey(["weekly_review"]),
        deps=[AssetKey(["weekly_variance"]), AssetKey(["weekly_variance_drivers"]), SERVED],
        group_name="serving",
        partitions_def=weekly_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
        kinds={"html"},
        description="One page per ISO week: the verdict, plan against actual, why, defects, handoffs.",
    )
    def weekly_review(context: AssetExecutionContext) -> MaterializeResult[Any]:
        weeks = [date.fromisoformat(key) for key in context.partition_keys]
        with open_served(settings) as con:
            reviews = [collect(con, week, zone=settings.zone, currency=settings.currency) for week in weeks]
        written = [write_review(settings, data) for data in reviews]
        for review in written:
            context.log.info(f"{review.revision}: {review.headline}")
        return MaterializeResult(
            metadata={
                "page": MetadataValue.path(written[-1].latest),
                "index": MetadataValue.path(settings.reports / "index.html"),
                "verdict": written[-1].headline,
                "weeks": len(written),
            }
        )

    @asset(
        key=FAILURE_REPORTS,
        deps=[SERVED],
        group_name="serving",
        kinds={"html"},
        required_resource_keys={"clock"},
        check_specs=[
            AssetCheckSpec(
                SENDING_WORKS, asset=FAILURE_REPORTS, description="Nothing due has waited too long to be sent."
            ),
            AssetCheckSpec(NOTHING_GIVEN_UP, asset=FAILURE_REPORTS, description="No message had to be given up."),
        ],
        description="What broke, to whoever can mend it: into the outbox and as pages, when there is something new.",
    )
    def failure_reports(context: AssetExecutionContext) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
        now = context.resources.clock.now()
        written = report_day(settings, modelled_as_of(settings), now)
        yield MaterializeResult(asset_key=FAILURE_REPORTS, metadata=_told(settings, written))
        yield from _delivery_checks(settings, now)

    return [served_copy, weekly_review, failure_reports]


def _told(settings: Settings, written: Written) -> dict[str, Any]:
    return {
        "reports_with_news": written.reports,
        "new_messages": written.messages,
        "index": MetadataValue.path(settings.reports / "index.html"),
        **({"note": written.note} if written.note else {}),
    }


def _delivery_checks(settings: Settings, now: datetime) -> Iterator[AssetCheckResult]:
    """The outbox's heartbeat and dead letters; neither ever fails a run."""
    with open_outbox(settings) as con:
        state = health(con, now)
        dead = listed(con, ["dead"], MOST_SHOWN)
    stalled = [] if state.waiting_since is None else state.problems()[:1]
    given_up = [f"{each.id}: {each.subject} ({each.audience}): {each.last_error}" for each in dead]
    for name, faults, metadata in (
        (SENDING_WORKS, stalled, {"waiting": state.pending, "sent": state.sent}),
        (NOTHING_GIVEN_UP, given_up, {"given_up": state.dead}),
    ):
        yield AssetCheckResult(
            asset_key=FAILURE_REPORTS,
            check_name=name,
            passed=not faults,
            severity=AssetCheckSeverity.WARN,
            description="\n".join(faults) or None,
            metadata=metadata,
        )


def _mart_keys(sets: Sequence[AssetsDefinition]) -> list[AssetKey]:
    specs = [spec for definition in sets for spec in definition.specs]
    return sorted(spec.key for spec in specs if spec.group_name not in _NOT_MARTS)
