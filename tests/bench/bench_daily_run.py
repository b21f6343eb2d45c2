"""A daily run of a small company, as its own process, step by step.

The floor is what nobody can do without in the same run: starting Python, importing Dagster, dbt and Great Expectations,
and opening the warehouse. What lies between the floor and the whole is ours.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from orchestration.runner import run_job
from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.simulation import simulate

FIRST_DAY = date(2026, 3, 2)
HISTORY = 28
IMPORTS = "import dagster, dbt.cli.main, great_expectations, duckdb, sys; duckdb.connect(sys.argv[1]).close()"


def run() -> dict[str, object]:
    """Seconds of each printed step, of the whole process, of the floor, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        last = FIRST_DAY + timedelta(days=HISTORY)
        simulate(settings, FIRST_DAY, last, seed=7, scenario="disconnect", scale=1.0)
        run_job(settings, "daily", FIRST_DAY, last - timedelta(days=1))
        floor = seconds_of([sys.executable, "-c", IMPORTS, str(settings.warehouse)], settings)[0]
        andon = str(Path(sys.executable).parent / "andon")
        whole, printed = seconds_of([andon, "run", "--day", last.isoformat()], settings)
    return {
        "daily run, whole process, s": round(whole, 1),
        "floor (imports, warehouse opened), s": round(floor, 1),
        "ratio": round(whole / floor, 2),
        "steps": printed,
    }


def seconds_of(command: list[str], settings: Settings, more: Mapping[str, str] | None = None) -> tuple[float, str]:
    """Wall seconds of a command on an installation, with `more` in its environment, and what it printed."""
    environment = {**os.environ, "ANDON_HOME": str(settings.home), **(more or {})}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, done.stdout
