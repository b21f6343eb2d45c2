"""The code location loads as the daemon and the UI load it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dagster import Definitions

from orchestration import transform
from orchestration.automation import DAILY_JOB, DECISIONS_JOB, WEEKLY_JOB
from orchestration.definitions import build_definitions
from orchestration.settings import PROJECT_ROOT, Settings

pytestmark = pytest.mark.e2e


def test_every_definition_fits_into_one_repository_with_schedule_and_sensors_on(tmp_path: Path) -> None:
    definitions = build_definitions(Settings(home=tmp_path))
    Definitions.validate_loadable(definitions)
    repository = definitions.get_repository_def()
    assert {DAILY_JOB, WEEKLY_JOB, DECISIONS_JOB} <= set(repository.job_names)
    started = [*repository.schedule_defs, *repository.sensor_defs]
    names = {"daily_at_six", "landing_sensor", "week_close_sensor", "decision_sensor", "outbox_sensor"}
    assert {each.name for each in started} == names
    assert {each.default_status.value for each in started} == {"RUNNING"}


def test_the_location_loads_in_a_fresh_interpreter(tmp_path: Path) -> None:
    load = "from orchestration.definitions import defs; print(type(defs).__name__)"
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", load],
        cwd=PROJECT_ROOT, env={"ANDON_HOME": str(tmp_path)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip()


def test_a_changed_project_is_parsed_anew_however_old_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    shutil.copytree(transform.DBT_PROJECT, project)
    monkeypatch.setattr(transform, "DBT_PROJECT", project)
    settings = Settings(home=tmp_path / "home")
    before = set(transform.load_manifest(settings)["nodes"])
    added = project / "models" / "intermediate" / "int_added.sql"
    added.write_text("select 1 as one")
    os.utime(added, (0, 0))
    assert set(transform.load_manifest(settings)["nodes"]) - before == {"model.andon.int_added"}
