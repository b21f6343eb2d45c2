# pyright: reportUnknownVariableType=false
"""What starts runs: the jobs, the 06:00 schedule, the landing sensor, the week-close sensor; and the outbox sensor.

Belongs here: when a run starts, for which partition and as of when. Does not belong here: what a run does
(the assets), or how a landing folder or a week is judged (`ingest/landing.py`, `control/weeks.py`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    schedule,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from orchestration.clock import Clock
from orchestration.control.loop_assets import ACTIONS_LOG, SHIFTS_LOG, has_unpublished_word, newest_word
from orchestration.control.weeks import WeekDue, weeks_to_run
from orchestration.dead_runs import end_dead_runs
from orchestration.failed_runs import failed_runs
from orchestration.ingest.assets import NO_FILE_REFUSED
from orchestration.ingest.contracts import feeds_on
from orchestration.ingest.landing import scan_landing
from orchestration.ingest.remote.assets import NO_PULL, PULL_TAG
from orchestration.partitions import (
    AS_OF_TAG,
    RUN_AT,
    as_of_for_day,
    business_day_of,
    daily_partitions,
    weekly_partitions,
)
from orchestration.serving.assets import FINISHED_WEEKS
from orchestration.serving.delivery import deliver_due
from orchestration.serving.failures.runs import report_failed_runs
from orchestration.serving.reader import current_version
from orchestration.serving.report_assets import LIVE_REPORT, WEEKLY_REPORTS
from orchestration.settings import Settings

REVIEW = AssetKey(["weekly_review"])
ORDERS = AssetKey(["shift_orders"])
DECIDED = tuple(AssetKey([mart]) for mart in ("budget_shifts", "actions"))
SERVED = AssetKey(["served_copy"])

DAILY_JOB = "daily"
WEEKLY_JOB = "weekly"
LIVE_JOB = "live"
DECISIONS_JOB = "decisions"
SECONDS_BETWEEN_LOOKS = 30
# Of the minute in which a lead that landed is to be told.
SECONDS_BETWEEN_LANDINGS = 15
# A sensor that takes longer than a minute is broken off.
SECONDS_TO_SEND = 40.0

LONGEST_RUN_HOURS = 2

# A weekly run that fails is tried again. A daily one only when its process died (the instance's setting): its feeds
# retry input and output themselves, and what is wrong in a file is not mended by trying.
RETRY = {"dagster/max_retries": "2", "dagster/retry_on_asset_or_op_failure": "true"}


def build_jobs(settings: Settings) -> list[UnresolvedAssetJobDefinition]:
    """The daily run (feeds to served copy), the live one (feeds to inspection) and the weekly one (control to review),
    each in one process; and what people decided."""
    control = AssetSelection.groups("control")
    after_publishing = AssetSelection.assets(REVIEW, ORDERS, WEEKLY_REPORTS, FINISHED_WEEKS)
    weekly = control | AssetSelection.assets(SERVED) | after_publishing
    return [
        define_asset_job(
            DAILY_JOB,
            selection=AssetSelection.all() - control - after_publishing - AssetSelection.assets(LIVE_REPORT),
            partitions_def=daily_partitions(settings),
            executor_def=in_process_executor,
            description="One business day: ingest, prepare, inspect, build the marts, publish.",
        ),
        define_asset_job(
            LIVE_JOB,
            selection=_upstream(LIVE_REPORT) - _refusals(settings),
            partitions_def=daily_partitions(settings),
            executor_def=in_process_executor,
            description="What has just landed: ingest, prepare what the inspection reads, inspect, tell the owners.",
        ),
        define_asset_job(
            WEEKLY_JOB,
            selection=weekly,
            partitions_def=weekly_partitions(settings),
            executor_def=in_process_executor,
            description="One closed ISO week: variance against plan, drivers, publish, review.",
        ),
        define_asset_job(
            DECISIONS_JOB,
            selection=AssetSelection.assets(SHIFTS_LOG, ACTIONS_LOG, *DECIDED, SERVED, ORDERS),
            executor_def=in_process_executor,
            description="What people decided and signed since the last run: states, publish, the platforms' budgets.",
        ),
    ]


def _upstream(key: AssetKey) -> AssetSelection:
    """What `key` is made from, whole steps (the plan's tables are read in one)."""
    return AssetSelection.assets(key).upstream().required_multi_asset_neighbors()


def _refusals(settings: Settings) -> AssetSelection:
    """The checks that end a run red for a refused file: the daily run says so, a live run only hurries."""
    feeds = [AssetKey([feed.system, feed.table]) for feed in feeds_on(settings)]
    return AssetSelection.checks(*(AssetCheckKey(feed, NO_FILE_REFUSED) for feed in feeds))


def build_schedules(settings: Settings) -> list[ScheduleDefinition]:
    """The daily run of the day that has just ended, at 06:00 business time."""

    @schedule(
        name="daily_at_six",
        job_name=DAILY_JOB,
        cron_schedule=f"{RUN_AT.minute} {RUN_AT.hour} * * *",
        execution_timezone=settings.time_zone,
        default_status=DefaultScheduleStatus.RUNNING,
    )
    def daily_at_six(context: ScheduleEvaluationContext) -> RunRequest:
        day = context.scheduled_execution_time.astimezone(settings.zone).date() - timedelta(days=1)
        return _day_request(DAILY_JOB, day, as_of_for_day(day, settings.zone), run_key=day.isoformat())

    return [daily_at_six]


def build_sensors(settings: Settings, jobs: Sequence[UnresolvedAssetJobDefinition]) -> list[SensorDefinition]:
    """Runs of `jobs` for settled files in landing and for weeks that closed or were corrected; the outbox's sender."""

    @sensor(
        name="landing_sensor",
        jobs=[job for job in jobs if job.name in (LIVE_JOB, DAILY_JOB)],
        minimum_interval_seconds=SECONDS_BETWEEN_LANDINGS,
        default_status=DefaultSensorStatus.RUNNING,
        required_resource_keys={"clock"},
    )
    def landing_sensor(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
        now = _now(context)
        scan = scan_landing(settings, context.cursor, now)
        context.update_cursor(scan.cursor)
        if not scan.new_files:
            return SkipReason(f"no file has settled under {settings.landing}")
        context.log.info(f"{len(scan.new_files)} settled files: {', '.join(scan.new_files[:10])}")
        # It takes what has landed; a pull would land more, and so start the next run.
        day, tags = business_day_of(now, settings.zone), {PULL_TAG: NO_PULL}
        daily = _day_request(DAILY_JOB, day, now, scan.run_key, tags)
        if not current_version(settings):
            return [daily]
        # What was just handed off is judged and told first; the marts of the day follow when it is done.
        return [_day_request(LIVE_JOB, day, now, f"live-{scan.run_key}", tags | {"dagster/priority": "1"}), daily]

    @sensor(
        name="week_close_sensor",
        job_name=WEEKLY_JOB,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=DefaultSensorStatus.RUNNING,
        required_resource_keys={"clock"},
    )
    def week_close_sensor(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        if _is_under_way(context, WEEKLY_JOB):
            return SkipReason("a weekly run is under way; what it leaves unfinished is seen when it has ended")
        due = weeks_to_run(settings)
        if not due:
            return SkipReason("every closed week has a published revision computed from what is published")
        for week in due:
            context.log.info(f"week of {week.week_start}: {week.reason}")
        return _weekly_request(due)

    @sensor(
        name="decision_sensor",
        job_name=DECISIONS_JOB,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=DefaultSensorStatus.RUNNING,
    )
    def decision_sensor() -> RunRequest | SkipReason:
        as_of = newest_word(settings)
        if as_of is None or not has_unpublished_word(settings):
            return SkipReason("everything that people decided and signed is published")
        return RunRequest(run_key=f"decisions:{as_of.isoformat()}", tags={AS_OF_TAG: as_of.isoformat(), **RETRY})

    @sensor(
        name="outbox_sensor",
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=DefaultSensorStatus.RUNNING,
        required_resource_keys={"clock"},
        description="Ends runs whose process is gone, tells of failed runs and sends what is due in the outbox; a mail"
        " server that is down fails nothing.",
    )
    def outbox_sensor(context: SensorEvaluationContext) -> SkipReason:
        now = _now(context)
        for run_id in end_dead_runs(context.instance):
            context.log.warning(f"run {run_id} is ended: its process is gone")
        report_failed_runs(settings, failed_runs(context.instance, (DAILY_JOB, WEEKLY_JOB), DAILY_JOB, now), now)
        done = deliver_due(settings, lambda: _now(context), SECONDS_TO_SEND)
        return SkipReason("another process is sending" if done is None else str(done))

    return [landing_sensor, week_close_sensor, decision_sensor, outbox_sensor]


def _day_request(
    job: str, day: date, as_of: datetime, run_key: str, tags: Mapping[str, str] | None = None
) -> RunRequest:
    stamped = {AS_OF_TAG: as_of.isoformat(), **(tags or {})}
    return RunRequest(run_key=run_key, job_name=job, partition_key=day.isoformat(), tags=stamped)


def _weekly_request(due: list[WeekDue]) -> RunRequest:
    """One run for all due weeks: `<week>:<fingerprint>` for one, a range for several (after an import, say)."""
    as_of = max(week.as_of for week in due).isoformat()
    if len(due) == 1:
        return RunRequest(
            run_key=due[0].run_key, partition_key=due[0].week_start.isoformat(), tags={AS_OF_TAG: as_of, **RETRY}
        )
    first, last = due[0].week_start.isoformat(), due[-1].week_start.isoformat()
    keys = hashlib.sha256(" ".join(week.run_key for week in due).encode()).hexdigest()[:16]
    tags = {ASSET_PARTITION_RANGE_START_TAG: first, ASSET_PARTITION_RANGE_END_TAG: last, AS_OF_TAG: as_of, **RETRY}
    return RunRequest(run_key=f"{first}..{last}:{keys}", tags=tags)


def _is_under_way(context: SensorEvaluationContext, job: str) -> bool:
    """Whether a run of the job is queued or running; one of hours that `end_dead_runs` cannot see is not waited for."""
    running = RunsFilter(
        job_name=job, statuses=NOT_FINISHED_STATUSES, updated_after=_now(context) - timedelta(hours=LONGEST_RUN_HOURS)
    )
    return context.instance.get_runs_count(running) > 0


def _now(context: SensorEvaluationContext) -> datetime:
    clock = context.resources.clock
    assert isinstance(clock, Clock)
    return clock.now()
