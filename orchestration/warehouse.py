"""Who may write the warehouse: one process at a time, waiting for its turn.

Belongs here: the lock. Does not belong here: what is written (`transform.py`, `inspection`, `serving`).
"""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager

from orchestration.settings import Settings

WAREHOUSE_POOL = "warehouse"


@contextmanager
def warehouse_lock(settings: Settings) -> Generator[None]:
    """Hold the right to open `settings.warehouse`; waits for the process that has it.

    Dagster's pool orders the runs of one instance; this also orders a run from the command line beside them.
    The operating system drops the lock with its process, so a killed run never blocks the next one.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "warehouse.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
