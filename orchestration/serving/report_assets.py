"""Reports and their delivery as Dagster assets and checks.

Belongs here: the graph, partitions and metadata. Does not belong here: what is told (`failures`) or sending (`outbox`).
"""

from collections.abc import Iterator
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

from orchestration.clock import Clock
from orchestration.ingest.lake import modelled_as_of
from orchestration.partitions import daily_partitions, run_as_of, weekly_partitions
from orchestration.serving.delivery import deliver_due
from orchestration.serving.failures.live import report_live
from orchestration.serving.failures.write import Written, report_day, report_weeks
from orchestration.serving.outbox.health import health
from orchestration.serving.outbox.store import listed, open_outbox
from orchestration.serving.review.deliver import deliver_reviews
from orchestration.settings import Settings
from orchestration.warehouse import WAREHOUSE_POOL

FAILURE_REPORTS = AssetKey(["failure_reports"])
LIVE_REPORT = AssetKey(["live_report"])
WEEKLY_REPORTS = AssetKey(["weekly_reports"])
SENDING_WORKS = "sending_works"
NOTHING_GIVEN_UP = "nothing_given_up"
MOST_SHOWN = 20
SECONDS_TO_SEND = 10.0


def build_report_assets(settings: Settings) -> list[AssetsDefinition]:
    """`failure_reports`, after the published copy, with the checks on delivery; `weekly_reports`, after the review;
    `live_report`, after an inspection of what has just landed."""

    @asset(
        key=FAILURE_REPORTS,
        deps=[AssetKey(["served_copy"])],
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
        now = _now(context)
        written = report_day(settings, modelled_as_of(settings), now)
        yield MaterializeResult(asset_key=FAILURE_REPORTS, metadata=_told(settings, written))
        yield from _delivery_checks(settings, now)

    @asset(
        key=WEEKLY_REPORTS,
        deps=[AssetKey(["weekly_review"])],
        group_name="serving",
        partitions_def=weekly_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
        kinds={"html"},
        required_resource_keys={"clock"},
        description="The week's failure reports and its review, into the outbox: when it closes, and when it changes.",
    )
    def weekly_reports(context: AssetExecutionContext) -> MaterializeResult[Any]:
        now = _now(context)
        weeks = [date.fromisoformat(key) for key in context.partition_keys]
        reviews = deliver_reviews(settings, weeks, now)
        told = report_weeks(settings, weeks, modelled_as_of(settings), now)
        return MaterializeResult(metadata={**_told(settings, told), "new_reviews": reviews})

    @asset(
        key=LIVE_REPORT,
        deps=[AssetKey(["lead_verdicts_log"]), AssetKey(["lead_criterion_results_log"])],
        group_name="serving",
        pool=WAREHOUSE_POOL,
        partitions_def=daily_partitions(settings),
        backfill_policy=BackfillPolicy.single_run(),
        required_resource_keys={"clock"},
        description="Leads that have just landed and are not sales-ready, to their owners at once.",
    )
    def live_report(context: AssetExecutionContext) -> MaterializeResult[Any]:
        messages = report_live(settings, run_as_of(context, settings), _now(context))
        # Whoever waits for the next look of the outbox's sensor loses half of the minute in which this is to be told.
        sent = deliver_due(settings, lambda: _now(context), SECONDS_TO_SEND) if messages else None
        return MaterializeResult(metadata={"new_messages": messages, "delivery": str(sent or "nothing to send")})

    return [failure_reports, weekly_reports, live_report]


def _now(context: AssetExecutionContext) -> datetime:
    clock = context.resources.clock
    assert isinstance(clock, Clock)
    return clock.now()


def _told(settings: Settings, written: Written) -> dict[str, Any]:
    return {
        "reports": written.reports,
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
