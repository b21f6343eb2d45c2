"""Serving as Dagster assets: the published copy, and the weekly review made from it.

Belongs here: the graph, partitions and metadata. Does not belong here: how publishing or a review works.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    asset,
)

from orchestration.clock import Clock
from orchestration.control.finished_weeks import FINISHED, mark_finished
from orchestration.control.inputs import read_published_revisions
from orchestration.control.loop_assets import note_published
from orchestration.ingest.lake import modelled_as_of
from orchestration.partitions import weekly_partitions
from orchestration.run_moments import run_clock
from orchestration.serving.publish import publish
from orchestration.serving.reader import open_served
from orchestration.serving.review.collect import collect
from orchestration.serving.review.write import write_review
from orchestration.serving.shifts.hand_over import hand_over
from orchestration.serving.versions import read_version
from orchestration.settings import Settings
from orchestration.warehouse import WAREHOUSE_POOL

SERVED = AssetKey(["served_copy"])
ORDERS = AssetKey(["shift_orders"])
FINISHED_WEEKS = AssetKey([FINISHED])
_NOT_MARTS = frozenset({"staging", "intermediate"})


def build_serving_assets(settings: Settings, marts: Sequence[AssetsDefinition]) -> list[AssetsDefinition]:
    """`served_copy`, after all tables of the dbt asset sets in `marts`; `weekly_review` and what ends a weekly run.

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
        as_of = modelled_as_of(settings)
        clock = run_clock(context, as_of, Clock().now())
        version = publish(settings, context.run.run_id, as_of, clock=clock)
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
        key=ORDERS,
        deps=[SERVED, AssetKey(["budget_shifts"])],
        group_name="serving",
        required_resource_keys={"clock"},
        kinds={"csv"},
        description="The ad platforms' budgets of the coming Tuesdays: a file each, and a message in the outbox.",
    )
    def shift_orders(context: AssetExecutionContext) -> MaterializeResult[Any]:
        clock = context.resources.clock
        assert isinstance(clock, Clock)
        with open_served(settings) as con:
            written = hand_over(settings, con, modelled_as_of(settings), clock.now())
        note_published(settings)
        return MaterializeResult(metadata={"tuesdays": ", ".join(path.stem for path in written) or "none"})

    @asset(
        key=FINISHED_WEEKS,
        deps=[ORDERS, AssetKey(["weekly_reports"])],
        group_name="serving",
        partitions_def=weekly_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
        description="The weekly run's last act: the mark that a revision is published, reviewed, reported and ordered.",
    )
    def finished_weeks(context: AssetExecutionContext) -> MaterializeResult[Any]:
        weeks = {date.fromisoformat(key) for key in context.partition_keys}
        with open_served(settings) as con:
            published = read_published_revisions(con)
        told = {week: number for week, number in published.items() if week in weeks}
        mark_finished(settings, told, modelled_as_of(settings))
        return MaterializeResult(metadata={"weeks": len(told)})

    return [served_copy, weekly_review, shift_orders, finished_weeks]


def _mart_keys(sets: Sequence[AssetsDefinition]) -> list[AssetKey]:
    specs = [spec for definition in sets for spec in definition.specs]
    return sorted(spec.key for spec in specs if spec.group_name not in _NOT_MARTS)
