"""Runs whose process is gone without having said so: a machine that went down, a kill of the whole group.

Belongs here: finding them and ending them, so that the runs behind them go on. Does not belong here: telling of failed
runs (`failed_runs.py`), or what starts the next one (`automation.py`).

Dagster's code server notices a run whose process dies while the server lives. When both die, the run stays "started"
for ever, and the pool that lets one run at a time write the warehouse stays taken: its launcher cannot be asked whether
a process is alive, so its own monitoring does not find out.
"""

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter
from dagster._core.storage.tags import GRPC_INFO_TAG

PROCESS_TAG = "andon/process"
_PID = re.compile(r"\(pid: (\d+)\)")
SECONDS_APART = 60.0
"""By which a process may seem to have begun after its run: clocks are read at different moments."""


def this_process() -> str:
    """Value of PROCESS_TAG for a run of this process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def end_dead_runs(instance: DagsterInstance) -> list[str]:
    """End, as failed, every started run whose process was on this machine and is gone; their ids.

    A run of another machine, or one that has not said its process yet, is left alone.
    """
    ended: list[str] = []
    for record in instance.get_run_records(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
        run = record.dagster_run
        pids = list(_processes(instance, run))
        if pids and not any(_is_alive(pid, record.start_time) for pid in pids):
            gone = (
                f"Its process ({', '.join(map(str, pids))}) is gone: the machine or all of Andon went down meanwhile."
            )
            instance.report_run_failed(run, gone)
            ended.append(run.run_id)
    return ended


def _processes(instance: DagsterInstance, run: DagsterRun) -> Iterator[int]:
    """The processes on this machine that have said that they execute the run."""
    host, _, pid = run.tags.get(PROCESS_TAG, "").rpartition(":")
    if host == socket.gethostname():
        yield int(pid)
    elif not host and GRPC_INFO_TAG in run.tags:
        # Launched by the code server, in which the sensors run too: the same machine.
        for entry in instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT):
            found = _PID.search(entry.message)
            if found:
                yield int(found[1])


def _is_alive(pid: int, started: float | None) -> bool:
    """Whether the process runs, and is not another that got the number of one that ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    entry = Path(f"/proc/{pid}")
    if started is None or not entry.exists():
        return True
    return entry.stat().st_ctime <= started + SECONDS_APART
