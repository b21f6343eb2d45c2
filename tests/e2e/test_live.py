"""Leads that land in office hours are inspected and told to their owners before the day's run."""

import shutil
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from dagster import DagsterInstance, build_sensor_context

from orchestration.automation import DAILY_JOB, LIVE_JOB
from orchestration.clock import Clock
from orchestration.definitions import build_definitions
from orchestration.ingest.lake import naive_utc
from orchestration.inspection.log import log_rows
from orchestration.partitions import AS_OF_TAG, as_of_for_day
from orchestration.runner import run_job
from orchestration.serving.reader import open_served
from orchestration.settings import Settings
from tests.e2e.company import last_day, small_company
from tests.outbox.receivers import Mailbox, smtp_server

pytestmark = pytest.mark.e2e

TODAY = last_day(1) - timedelta(days=3)
"""A Thursday."""
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published company whose files of today have not landed yet; they lie in `held`."""
    settings = small_company(tmp_path_factory.mktemp("live") / "home", weeks=1)
    for days in range(1, 4):
        for file in settings.landing.rglob(f"*{TODAY + timedelta(days=days)}.csv"):
            file.unlink()
    for file in sorted(settings.landing.glob(f"crm/*/*_{TODAY}.csv")):
        held = settings.home / "held" / file.relative_to(settings.landing)
        held.parent.mkdir(parents=True)
        shutil.move(file, held)
    run_job(settings, DAILY_JOB, TODAY - timedelta(days=1), TODAY - timedelta(days=1))
    return settings


@pytest.fixture(scope="module")
def mailbox() -> Generator[Mailbox]:
    received = Mailbox()
    with smtp_server(received) as port, pytest.MonkeyPatch.context() as patch:
        values = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "FROM": "andon@example.com"}
        for name, value in values.items():
            patch.setenv(f"ANDON_SMTP_{name}", value)
        yield received


@pytest.fixture(scope="module")
def landed(yesterday: Settings, mailbox: Mailbox) -> Settings:
    """The same company after its files of today have landed and the live run has been made."""
    shutil.copytree(yesterday.home / "held", yesterday.landing, dirs_exist_ok=True)
    run_job(yesterday, LIVE_JOB, TODAY, TODAY, as_of=NOON)
    return yesterday


def failing(settings: Settings, at: datetime) -> set[tuple[str, str]]:
    """Lead and criterion of every failure that the log holds of one inspection."""
    _, results = log_rows(settings)
    rows = duckdb.sql(f"select lead_id, criterion_code from {results} where result = 'fail' and inspected_at = '{at}'")
    return set(rows.fetchall())


def test_settled_files_of_leads_ask_for_a_live_run_and_then_for_the_day(yesterday: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(yesterday.home, home, symlinks=True)
    settings = Settings(home=home)
    shutil.copytree(home / "held", settings.landing, dirs_exist_ok=True)
    at = datetime.now(UTC) + timedelta(minutes=10)

    class Later(Clock):
        def now(self) -> datetime:
            return at

    clock = {"clock": Later()}
    definitions = build_definitions(settings, clock)
    with (
        DagsterInstance.ephemeral() as instance,
        build_sensor_context(instance, definitions=definitions, resources=clock) as context,
    ):
        requests = definitions.get_sensor_def("landing_sensor").evaluate_tick(context).run_requests or []
    assert [request.job_name for request in requests] == [LIVE_JOB, DAILY_JOB]
    assert {request.tags[AS_OF_TAG] for request in requests} == {at.isoformat()}
    assert requests[0].tags["dagster/priority"] == "1"


def test_a_live_run_tells_each_owner_of_the_leads_that_just_landed(landed: Settings, mailbox: Mailbox) -> None:
    known = failing(landed, naive_utc(as_of_for_day(TODAY - timedelta(days=1), landed.zone)))
    leads = {lead for lead, criterion in failing(landed, naive_utc(NOON)) if (lead, criterion) not in known}
    assert len(leads) > 1
    mails = [mail for mail in mailbox.accepted if "just landed" in str(mail["Subject"])]
    told = {str(mail["Subject"]).partition(" not ")[0].strip() for mail in mails}
    assert f"{len(leads)} leads that just landed are" in told
    body = mails[0].get_body(("plain",))
    assert body is not None
    assert "crm/leads/leads_" in body.get_content()
    assert "•••@" in body.get_content()


def test_the_published_marts_stay_as_they_were_until_the_daily_run(landed: Settings) -> None:
    with open_served(landed) as con:
        [(newest,)] = con.execute("select max(inspected_at) from marts.lead_verdicts").fetchall()
    assert newest < naive_utc(NOON)


def test_the_same_live_run_repeated_tells_nobody_again(landed: Settings, mailbox: Mailbox) -> None:
    before = len(mailbox.accepted)
    run_job(landed, LIVE_JOB, TODAY, TODAY, as_of=NOON)
    later = NOON + timedelta(hours=1)
    run_job(landed, LIVE_JOB, TODAY, TODAY, as_of=later)
    assert failing(landed, naive_utc(later)) == set()
    assert len(mailbox.accepted) == before


def test_the_daily_run_after_it_has_every_verdict_once(landed: Settings) -> None:
    run_job(landed, DAILY_JOB, TODAY, TODAY)
    expected = failing(landed, naive_utc(NOON))
    with open_served(landed) as con:
        found = con.execute(
            "select lead_id, criterion_code from marts.lead_defects where first_seen_at = ?", [naive_utc(NOON)]
        ).fetchall()
    assert len(found) == len(set(found))
    assert set(found) == expected
