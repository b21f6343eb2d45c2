"""A puller killed at any step and run again: no row lost, none delivered twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.remote.api_company import ApiCompany
from tests.remote.api_server import serving
from tests.remote.company import CREATE_EVENTS, EVENTS_TABLE, Company
from tests.remote.salesforce_server import CLIENT_ID, CLIENT_SECRET, Organisation
from tests.remote.test_salesforce import TABLE, history


def ids_after_each_kill(home: Path) -> set[tuple[str, ...]]:
    program = [sys.executable, "-m", "tests.remote.killed_pull", str(home)]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["killed"] for each in rounds] == [*range(1, len(rounds)), 0]
    assert len(rounds) > 15
    return {tuple(each["ids"]) for each in rounds}


def test_killed_at_every_step_each_row_of_a_database_still_arrives_once(company: Company) -> None:
    company.declare({**EVENTS_TABLE, "window_days": 1})
    company.sql(CREATE_EVENTS)
    company.events((1, "03-03 12:00"), (2, "03-04 12:00"), (3, "03-04 12:00"), (4, "03-05 12:00"))
    assert ids_after_each_kill(company.home) == {("1", "2", "3", "4")}


def test_killed_at_every_step_each_record_of_an_api_still_arrives_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SF_ID", CLIENT_ID)
    monkeypatch.setenv("SF_SECRET", CLIENT_SECRET)
    records = [history(number, moment) for number, moment in enumerate(("03-03 12:00", "03-04 12:00", "03-05 12:00"))]
    organisation = Organisation({"LeadHistory": records}, page_size=1)
    with serving(organisation.server):
        company = ApiCompany(tmp_path / "home")
        company.source = {
            "kind": "salesforce", "name": "sales", "login_url": organisation.server.url, "client_id_env": "SF_ID",
            "client_secret_env": "SF_SECRET",
        }  # fmt: skip
        company.declare({**TABLE, "start": "2024-03-03", "window_days": 1})
        assert ids_after_each_kill(company.home) == {tuple(record["Id"] for record in records)}
