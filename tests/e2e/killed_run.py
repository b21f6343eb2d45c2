"""A run that kills its own process with SIGKILL inside a named step; started by the kill tests in a process of its own.

Usage: python -m tests.e2e.killed_run HOME JOB FIRST LAST STEP DELAY_SECONDS  (STEP `-`: run to the end)
"""

import os
import signal
import sys
import threading
from datetime import date
from pathlib import Path

from orchestration.runner import run_job
from orchestration.settings import Settings


def main(home: str, job: str, first: str, last: str, victim: str, delay: str) -> None:
    def progress(step: str, done: bool) -> None:
        if step == victim and not done:
            threading.Timer(float(delay), os.kill, (os.getpid(), signal.SIGKILL)).start()

    run_job(Settings(home=Path(home)), job, date.fromisoformat(first), date.fromisoformat(last), progress=progress)


if __name__ == "__main__":
    main(*sys.argv[1:])
