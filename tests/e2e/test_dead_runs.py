"""A run whose process is gone is ended, and no other: the runs behind it would wait for ever."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.events import EngineEventData
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_run_for_test

from orchestration.dead_runs import PROCESS_TAG, end_dead_runs, this_process
from orchestration.runner import open_instance
from orchestration.settings import Settings


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with open_instance(Settings(home=tmp_path)) as opened:
        yield opened


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def started(instance: DagsterInstance, tags: dict[str, str], pid: int | None = None) -> str:
    run = create_run_for_test(instance, job_name="weekly", status=DagsterRunStatus.STARTED, tags=tags)
    if pid is not None:
        data = EngineEventData.in_process(pid)
        instance.report_engine_event(f"Executing steps in process (pid: {pid})", run, data)
    return run.run_id


def status(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_of_a_command_line_that_was_killed_is_ended_and_one_that_lives_goes_on(
    instance: DagsterInstance, gone: int
) -> None:
    host = this_process().rpartition(":")[0]
    dead, alive = started(instance, {PROCESS_TAG: f"{host}:{gone}"}), started(instance, {PROCESS_TAG: this_process()})
    assert end_dead_runs(instance) == [dead]
    assert (status(instance, dead), status(instance, alive)) == (DagsterRunStatus.FAILURE, DagsterRunStatus.STARTED)
    assert end_dead_runs(instance) == []


def test_a_run_of_the_code_server_is_known_by_the_process_that_its_log_names(
    instance: DagsterInstance, gone: int
) -> None:
    launched = {GRPC_INFO_TAG: "{}"}
    dead, alive = started(instance, launched, gone), started(instance, launched, os.getpid())
    silent = started(instance, launched)
    assert end_dead_runs(instance) == [dead]
    assert status(instance, alive) == status(instance, silent) == DagsterRunStatus.STARTED


def test_a_run_of_another_machine_is_left_alone(instance: DagsterInstance, gone: int) -> None:
    other = started(instance, {PROCESS_TAG: f"elsewhere.example:{gone}"})
    unknown = started(instance, {}, gone)
    assert end_dead_runs(instance) == []
    assert status(instance, other) == status(instance, unknown) == DagsterRunStatus.STARTED
