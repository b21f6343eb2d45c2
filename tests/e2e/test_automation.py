"""What starts runs: the 06:00 schedule, files that settle in landing, weeks that close or are corrected."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    Definitions,
    RunRequest,
    build_schedule_context,
    build_sensor_context,
)
from typer.testing import CliRunner

from orchestration.automation import DAILY_JOB, WEEKLY_JOB
from orchestration.cli import app
from orchestration.clock import Clock
from orchestration.definitions import build_definitions
from orchestration.partitions import AS_OF_TAG, as_of_for_day
from orchestration.run_moments import MODELLED, SERVED, moments_of
from orchestration.runner import RunFailedError, run_job
from orchestration.serving.freshness import read_legs
from orchestration.serving.reader import open_served
from orchestration.settings import Settings
from tests.e2e.company import FIRST_DAY, last_day, small_company

pytestmark = pytest.mark.e2e

HISTORY = 4
OFFICE_HOURS = datetime(2026, 3, 17, 15, 30, tzinfo=UTC)


class FixedClock(Clock):
    """A clock that stands where the test puts it."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


@pytest.fixture
def instance() -> Generator[DagsterInstance]:
    with DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def definitions_at(settings: Settings, instant: datetime = OFFICE_HOURS) -> Definitions:
    return build_definitions(settings, overrides={"clock": FixedClock(instant)})


def look(
    settings: Settings, instance: DagsterInstance, name: str, cursor: str | None = None, at: datetime = OFFICE_HOURS
) -> tuple[list[RunRequest], str | None]:
    """One tick of a sensor: its run requests and the cursor it leaves."""
    definitions = definitions_at(settings, at)
    resources = {"clock": FixedClock(at)}
    with build_sensor_context(instance, cursor=cursor, definitions=definitions, resources=resources) as context:
        tick = definitions.get_sensor_def(name).evaluate_tick(context)
    return list(tick.run_requests or []), tick.cursor


@pytest.mark.parametrize(
    ("tick", "day", "as_of"),
    [
        ("2026-03-03T11:00:00+00:00", "2026-03-02", "2026-03-03T11:00:00+00:00"),
        # The clocks of New York went forward on 8 March: 06:00 is an hour earlier in UTC.
        ("2026-03-09T10:00:00+00:00", "2026-03-08", "2026-03-09T10:00:00+00:00"),
    ],
)
def test_at_six_the_day_that_has_ended_is_run(
    tmp_path: Path, instance: DagsterInstance, tick: str, day: str, as_of: str
) -> None:
    settings = Settings(home=tmp_path)
    schedule = definitions_at(settings).get_schedule_def("daily_at_six")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "America/New_York")
    context = build_schedule_context(instance, scheduled_execution_time=datetime.fromisoformat(tick))
    request = schedule(context)
    assert isinstance(request, RunRequest)
    assert (request.run_key, request.partition_key, request.tags[AS_OF_TAG]) == (day, day, as_of)
    assert schedule.job_name == DAILY_JOB


def test_settled_files_start_one_run_for_the_day_they_landed_on(tmp_path: Path, instance: DagsterInstance) -> None:
    settings = Settings(home=tmp_path)
    folder = settings.landing / "crm" / "users"
    folder.mkdir(parents=True)
    file = folder / "users_2026-03-16.csv"
    file.write_text("user_id,updated_at\nU1,2026-03-16T08:00:00Z\n")

    first, cursor = look(settings, instance, "landing_sensor", at=datetime.now(UTC))
    assert first == []
    file.write_text("user_id,updated_at\nU1,2026-03-16T08:00:00Z\nU2,2026-03-16T09:00:00Z\n")
    growing, cursor = look(settings, instance, "landing_sensor", cursor, at=datetime.now(UTC))
    assert growing == []
    [request], cursor = look(settings, instance, "landing_sensor", cursor, at=datetime.now(UTC))
    again, _ = look(settings, instance, "landing_sensor", cursor, at=datetime.now(UTC))
    assert again == []
    assert request.tags[AS_OF_TAG] > "2026-03-16"
    lost, _ = look(settings, instance, "landing_sensor", None, at=datetime.now(UTC) + timedelta(minutes=10))
    assert [each.run_key for each in lost] == [request.run_key]


def test_before_six_a_file_belongs_to_the_day_before(tmp_path: Path, instance: DagsterInstance) -> None:
    settings = Settings(home=tmp_path)
    folder = settings.landing / "crm" / "users"
    folder.mkdir(parents=True)
    (folder / "users.csv").write_text("user_id,updated_at\nU1,2026-03-16T08:00:00Z\n")
    at_five = datetime(2026, 3, 17, 5, 0, tzinfo=settings.zone).astimezone(UTC)
    _, cursor = look(settings, instance, "landing_sensor", at=at_five)
    [request], _ = look(settings, instance, "landing_sensor", cursor, at=at_five)
    assert request.partition_key == "2026-03-16"


def revisions(settings: Settings, week: date) -> list[int]:
    with open_served(settings) as connection:
        found = connection.execute(
            "select distinct revision from marts.weekly_variance where week_start = ? order by 1", [week]
        ).fetchall()
    return [revision for (revision,) in found]


def truth_of(settings: Settings, day: date) -> list[tuple[datetime, datetime]]:
    """When the day of the daily feeds was first modelled and first served, by what is published."""
    query = "select distinct modelled_at, served_at from marts.feed_freshness where cadence = 'daily' and day = ?"
    with open_served(settings) as connection:
        return connection.execute(query, [day]).fetchall()


def run_requested(settings: Settings, request: RunRequest) -> None:
    week = date.fromisoformat(request.partition_key or "")
    run_job(settings, WEEKLY_JOB, week, week, datetime.fromisoformat(request.tags[AS_OF_TAG]))


@contextmanager
def reports_cannot_be_written(settings: Settings) -> Generator[None]:
    """A folder lies where the reports' lock is: the last step but one of a weekly run fails."""
    lock = settings.home / "reports.lock"
    lock.unlink()
    lock.mkdir()
    yield
    lock.rmdir()


def test_a_week_is_run_when_it_closes_once_and_again_as_a_revision_when_a_day_is_corrected(
    tmp_path: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = small_company(tmp_path, weeks=2, history_weeks=HISTORY)
    sunday = last_day(1)
    run_job(settings, DAILY_JOB, sunday - timedelta(days=1), sunday - timedelta(days=1))
    opening, _ = look(settings, instance, "week_close_sensor")
    assert all(FIRST_DAY.isoformat() not in (request.partition_key or "") for request in opening)

    run_job(settings, DAILY_JOB, sunday, sunday)
    saturday = sunday - timedelta(days=1)
    [(modelled, shown)] = truth_of(settings, saturday)
    assert as_of_for_day(saturday, settings.zone).replace(tzinfo=None) < modelled < shown
    assert truth_of(settings, sunday) == [(None, None)]
    before = FIRST_DAY - timedelta(days=7)
    run_job(settings, WEEKLY_JOB, before - timedelta(weeks=HISTORY - 1), before, as_of_for_day(sunday, settings.zone))
    [closed], _ = look(settings, instance, "week_close_sensor")
    assert closed.partition_key == FIRST_DAY.isoformat()
    assert (closed.run_key or "").startswith(f"{FIRST_DAY.isoformat()}:")
    with reports_cannot_be_written(settings), pytest.raises(RunFailedError, match="weekly_reports"):
        run_requested(settings, closed)
    assert revisions(settings, FIRST_DAY) == [1]
    [again], _ = look(settings, instance, "week_close_sensor")
    assert again.partition_key == closed.partition_key
    assert again.run_key != closed.run_key
    monkeypatch.setenv("ANDON_HOME", str(settings.home))
    closing = CliRunner().invoke(app, ["close"])
    assert closing.exit_code == 0, closing.output
    assert "weekly_reports" in closing.output
    assert look(settings, instance, "week_close_sensor")[0] == []
    assert "Every closed week has its review" in CliRunner().invoke(app, ["close"]).output
    assert revisions(settings, FIRST_DAY) == [1]

    corrected = settings.landing / "ads" / "ad_spend" / "networks" / f"corrected_{last_day(2)}.csv"
    original = next((settings.landing / "ads" / "ad_spend" / "networks").glob(f"*{FIRST_DAY}*.csv"))
    shutil.copy(original, corrected)
    lines = corrected.read_text(encoding="utf-8-sig").splitlines()
    cost = lines[0].replace('"', "").split(",").index("cost")
    cells = lines[1].split(",")
    cells[cost] = "98765.43"
    corrected.write_text("\n".join([lines[0], ",".join(cells)]) + "\n")
    next_day = sunday + timedelta(days=8)
    corrected.rename(corrected.with_name(f"corrected_{next_day}.csv"))
    sundays = moments_of(settings, as_of_for_day(sunday, settings.zone))
    run_job(settings, DAILY_JOB, next_day, next_day)
    assert truth_of(settings, saturday) == [(modelled, shown)]
    assert truth_of(settings, sunday) == [tuple(sundays[moment].replace(tzinfo=None) for moment in (MODELLED, SERVED))]
    with open_served(settings) as connection:
        legs = read_legs(connection, saturday, next_day)
    assert [leg.leg for leg in legs] == ["land", "model", "see", "total"]
    assert all(0 < leg.p50_hours <= leg.p95_hours for leg in legs)
    requests, _ = look(settings, instance, "week_close_sensor")
    for request in requests:
        if request.partition_key:
            run_requested(settings, request)
        else:
            run_job(settings, WEEKLY_JOB, FIRST_DAY, FIRST_DAY + timedelta(days=7))
    assert revisions(settings, FIRST_DAY) == [1, 2]
    with open_served(settings) as connection:
        [(reason,)] = connection.execute(
            "select distinct revision_reason from marts.weekly_variance where week_start = ? and revision = 2",
            [FIRST_DAY],
        ).fetchall()
    assert "spend" in reason
