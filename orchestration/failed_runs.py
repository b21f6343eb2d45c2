"""Which runs of the instance ended in failure, as the reports tell them.

Belongs here: asking Dagster's own store. Does not belong here: what is told of them (`serving/failures/runs.py`).
"""

from datetime import UTC, datetime

from dagster import DagsterEvent, DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, PARTITION_NAME_TAG

from orchestration.serving.failures.runs import TOLD_WITHIN, FailedRun

REPORTING_STEP = "failure_reports"


def failed_runs(instance: DagsterInstance, jobs: tuple[str, ...], judging_job: str, now: datetime) -> list[FailedRun]:
    """The runs of `jobs` that failed lately, for good: one that Dagster tries again is told by its last attempt.

    `judging_job` is the one that judges leads, and has done so when its reports were made.
    """
    found = instance.get_run_records(
        RunsFilter(statuses=[DagsterRunStatus.FAILURE], updated_after=now - TOLD_WITHIN), limit=50
    )
    return [
        _failed(instance, record.dagster_run, judging_job, record.update_timestamp.replace(tzinfo=UTC))
        for record in found
        if record.dagster_run.job_name in jobs and record.dagster_run.tags.get("dagster/will_retry") != "true"
    ]


def _failed(instance: DagsterInstance, run: DagsterRun, judging_job: str, ended_at: datetime) -> FailedRun:
    events = [
        entry.dagster_event
        for entry in instance.all_logs(
            run.run_id, of_type={DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_SUCCESS}
        )
        if entry.dagster_event is not None and entry.dagster_event.step_key is not None
    ]
    steps = [
        (event.step_key or "", cause_of(event)) for event in events if event.event_type == DagsterEventType.STEP_FAILURE
    ]
    return FailedRun(
        run_id=run.run_id,
        job=run.job_name,
        period=run.tags.get(PARTITION_NAME_TAG) or run.tags.get(ASSET_PARTITION_RANGE_END_TAG, ""),
        ended_at=ended_at,
        steps=tuple(steps) or (("run", "it ended without an error of a step: its process died or was cancelled"),),
        judged=run.job_name != judging_job
        or any(e.step_key == REPORTING_STEP and e.event_type == DagsterEventType.STEP_SUCCESS for e in events),
    )


def cause_of(event: DagsterEvent) -> str:
    """Why a step failed, in the words of the error at the root."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return "unknown error" if error is None else error.message.strip()
