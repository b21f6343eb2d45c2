"""A run killed with -9 in any step and run again ends in the marts of a run that was never killed."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.runner import run_job
from orchestration.settings import PROJECT_ROOT, Settings
from tests.e2e.company import FIRST_DAY, last_day, published_content, small_company

pytestmark = pytest.mark.e2e

WEEKS = 2
KILLED = -9

# A step of each kind, and how far into it the process dies. A step that is over sooner dies in the next one.
DAILY_DEATHS = (
    ("crm__leads", 0.1),
    ("web__web_touches", 0.1),
    ("prepare", 2.5),
    ("inspection", 0.5),
    ("marts", 2.5),
    ("served_copy", 0.05),
)
WEEKLY_DEATHS = (("weekly_control", 0.05), ("control_marts", 1.0), ("served_copy", 0.05), ("weekly_review", 0.1))


def run_and_die(settings: Settings, job: str, first: date, last: date, step: str, delay: float) -> int:
    arguments = [str(settings.home), job, first.isoformat(), last.isoformat(), step, str(delay)]
    command = [sys.executable, "-m", "tests.e2e.killed_run", *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, check=False, capture_output=True, timeout=300).returncode


def test_a_run_killed_in_each_step_and_repeated_gives_the_same_marts(tmp_path: Path) -> None:
    last, last_week = last_day(WEEKS), FIRST_DAY + timedelta(days=7 * (WEEKS - 1))
    first = last
    unharmed = small_company(tmp_path / "unharmed", WEEKS)
    run_job(unharmed, "daily", first, last)
    run_job(unharmed, "weekly", FIRST_DAY, last_week)

    killed = small_company(tmp_path / "killed", WEEKS)
    daily = [run_and_die(killed, "daily", first, last, step, delay) for step, delay in DAILY_DEATHS]
    run_job(killed, "daily", first, last)
    weekly = [run_and_die(killed, "weekly", FIRST_DAY, last_week, step, delay) for step, delay in WEEKLY_DEATHS]
    run_job(killed, "weekly", FIRST_DAY, last_week)

    assert {*daily, *weekly} == {KILLED}
    expected, found = published_content(unharmed), published_content(killed)
    assert found.keys() == expected.keys()
    assert [mart for mart in expected if expected[mart] != found[mart]] == []
