"""Running a Dagster job in this process, recorded in the installation's own instance, with progress shown.

Belongs here: what the command line needs to start a run. Does not belong here: schedules and sensors
(`automation.py`), which start the same jobs through the daemon.
"""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from uuid import uuid4

from dagster import DagsterEventType, DagsterInstance, EventLogEntry
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from orchestration.dead_runs import PROCESS_TAG, this_process
from orchestration.definitions import build_definitions
from orchestration.failed_runs import cause_of
from orchestration.partitions import AS_OF_TAG
from orchestration.settings import Settings

# State stays in `ANDON_HOME`, one run at a time where the warehouse is written, nothing is sent out.
DAGSTER_YAML = """\
telemetry: {enabled: false}
nux: {enabled: false}
concurrency:
  pools: {granularity: run, default_limit: 1}
run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}
run_monitoring: {enabled: true}
event_log_storage:
  module: orchestration.history
  class: EventLog
  config: {base_dir: {env: DAGSTER_HOME}}
retention:
  schedule: {purge_after_days: 90}
  sensor: {purge_after_days: {skipped: 2, failure: 30, success: 90}}
"""

Progress = Callable[[str, bool], None]


class RunFailedError(RuntimeError):
    """A run ended in failure; the text names the steps and their errors."""


def prepare_instance(settings: Settings) -> Path:
    """The instance's folder under `ANDON_HOME`, with its settings file written if it is not there."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    config = settings.dagster_home / "dagster.yaml"
    if not config.exists():
        config.write_text(DAGSTER_YAML)
    return settings.dagster_home


@contextmanager
def open_instance(settings: Settings) -> Generator[DagsterInstance]:
    """The Dagster instance that the UI shows, so that a run from the command line is seen there too."""
    home = str(prepare_instance(settings))
    os.environ["DAGSTER_HOME"] = home
    with DagsterInstance.from_config(home) as instance:
        yield instance


def run_job(
    settings: Settings,
    job: str,
    first: date,
    last: date,
    as_of: datetime | None = None,
    progress: Progress = lambda step, done: None,
    overrides: Mapping[str, object] | None = None,
) -> str:
    """Run `job` for the partitions `first` to `last` in one run and return its id.

    `progress(step, done)` is called as each step starts and ends. Raises RunFailedError naming the steps.
    """
    tags = {
        ASSET_PARTITION_RANGE_START_TAG: first.isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: last.isoformat(),
        PROCESS_TAG: this_process(),
    }
    if as_of is not None:
        tags[AS_OF_TAG] = as_of.isoformat()
    run_id = str(uuid4())
    definition = build_definitions(settings, overrides).resolve_job_def(job)
    failures: list[str] = []

    def listen(entry: EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        if event.event_type == DagsterEventType.STEP_START:
            progress(event.step_key, False)
        elif event.event_type == DagsterEventType.STEP_SUCCESS:
            progress(event.step_key, True)
        elif event.event_type == DagsterEventType.STEP_FAILURE:
            failures.append(f"{event.step_key}: {cause_of(event)}")

    with open_instance(settings) as instance:
        instance.add_event_listener(run_id, listen)
        result = definition.execute_in_process(
            instance=instance,
            run_id=run_id,
            tags=tags,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        raise RunFailedError("\n".join(failures) or f"run {run_id} of {job} failed")
    return run_id
