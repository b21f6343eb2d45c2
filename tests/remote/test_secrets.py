"""Secret values stay in the environment: whatever happens, they stand in no log, error, file or database of Andon's."""

import gzip
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from dagster import AssetChecksDefinition, Definitions, define_asset_job
from dagster._core.storage.tags import PARTITION_NAME_TAG

from orchestration.errors import AndonError
from orchestration.ingest.remote import assets as pull_assets
from orchestration.ingest.remote.assets import build_pull_assets
from orchestration.ingest.remote.declared import load_sources
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import masked
from orchestration.ingest.remote.pull import pull_table
from orchestration.runner import open_instance
from orchestration.settings import PROJECT_ROOT, Settings
from tests.remote import hubspot_server as hubspot
from tests.remote import salesforce_server as salesforce
from tests.remote import test_hubspot, test_salesforce
from tests.remote.api_server import Reply, Request, serving
from tests.remote.company import CREATE_EVENTS, EVENTS_TABLE, Company, morning_after
from tests.remote.hubspot_server import Portal
from tests.remote.postgres_server import ENCODED_PASSWORD, PASSWORD
from tests.remote.salesforce_server import Organisation

WRONG = "wr0ng-s3cr3t-value"
SECRETS = [
    PASSWORD, ENCODED_PASSWORD, WRONG, salesforce.CLIENT_SECRET, salesforce.REFRESH_TOKEN, hubspot.CLIENT_SECRET,
    hubspot.REFRESH_TOKEN, "t0k3n",
]  # fmt: skip


@pytest.fixture
def organisation() -> Iterator[Organisation]:
    known = Organisation({"LeadHistory": [test_salesforce.history(number, "03-03 12:00") for number in range(3)]})
    with serving(known.server):
        yield known


@pytest.fixture
def portal() -> Iterator[Portal]:
    known = Portal({"contacts": [test_hubspot.contact(number, "03-03 12:00") for number in range(1, 4)]})
    with serving(known.server):
        yield known


@pytest.fixture
def settings(company: Company, organisation: Organisation, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One installation with a source of each kind."""
    company.sql(CREATE_EVENTS)
    company.events((1, "03-03 12:00"))
    for name, value in (
        ("SF_ID", salesforce.CLIENT_ID), ("SF_SECRET", salesforce.CLIENT_SECRET),
        ("SF_REFRESH", salesforce.REFRESH_TOKEN),
        ("HS_ID", hubspot.CLIENT_ID), ("HS_SECRET", hubspot.CLIENT_SECRET), ("HS_REFRESH", hubspot.REFRESH_TOKEN),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    keys = {"client_id_env": "SF_ID", "client_secret_env": "SF_SECRET", "refresh_token_env": "SF_REFRESH"}
    sources = [
        {"kind": "postgres", "name": "company", "url_env": "COMPANY_URL", "tables": [EVENTS_TABLE]},
        {"kind": "salesforce", "name": "sales", "login_url": organisation.server.url, **keys,
         "tables": [test_salesforce.TABLE]},
        {"kind": "hubspot", "name": "marketing", "base_url": portal.server.url, **test_hubspot.OAUTH,
         "tables": [test_hubspot.TABLE]},
    ]  # fmt: skip
    assert company.settings.sources_file is not None
    company.settings.sources_file.write_text(yaml.safe_dump({"sources": sources}))
    monkeypatch.setattr(pull_assets, "SECONDS_BETWEEN_RETRIES", 0)
    return company.settings


def echo_all(request: Request) -> Reply:
    """The worst server: its error repeats everything that it was sent."""
    told = f"{request.headers} {request.body.decode()} {request.form()}"
    return Reply(400, [{"errorCode": "BAD", "message": told}] if "services" in request.path else {"message": told})


def test_no_secret_leaves_whatever_happens(
    settings: Settings,
    company: Company,
    organisation: Organisation,
    portal: Portal,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    # All is well, in the graph and from the command line.
    assert run(settings)
    told += command(settings, "pull")
    assert "could not be pulled" not in "".join(told)

    # Each way in is refused, or the server is broken and repeats what it was sent.
    monkeypatch.setenv("COMPANY_URL", company.server.url(company.database).replace(ENCODED_PASSWORD, WRONG))
    monkeypatch.setenv("SF_REFRESH", WRONG)
    monkeypatch.setenv("HS_SECRET", WRONG)
    assert not run(settings)
    told += command(settings, "sources", "check", "--connect")
    told += failures(settings, 3)

    monkeypatch.setenv("HS_SECRET", hubspot.CLIENT_SECRET)
    monkeypatch.setenv("SF_REFRESH", salesforce.REFRESH_TOKEN)
    for fault in (echo_all, lambda request: Reply(500, echo_all(request).content), lambda _: Reply(401, {})):
        for api in (organisation.server, portal.server):
            right = api.answer
            api.answer = lambda request, fault=fault, api=api, right=right: (
                right(request) if api.is_login(request) else fault(request)
            )
        told += failures(settings, 3)
    for api in (organisation.server, portal.server):
        api.answer = echo_all
    monkeypatch.setenv("COMPANY_URL", f"postgresql://reader:{WRONG}/x@127.0.0.1:1/d")
    told += failures(settings, 3)

    captured = capfd.readouterr()
    texts = {"told": "".join(told), "log": caplog.text, "out": captured.out, "err": captured.err}
    texts |= {str(path): content(path) for path in settings.home.rglob("*") if path.is_file()}
    assert any(name.endswith(".jsonl.gz") for name in texts)
    assert "invalid_grant" in texts["log"]
    assert "***" in texts["told"]
    found = [(name, secret) for name, text in texts.items() for secret in SECRETS if secret in text]
    assert found == []


@pytest.mark.parametrize("text", ["{s}", "{s!r}", "http://x/?q=p%40ss%20%C3%A9%22w", '{{"token": "p@ss \\u00e9\\"w"}}'])
def test_a_secret_is_masked_however_it_is_written(text: str) -> None:
    said = masked(text.format(s='p@ss \u00e9"w'), {'p@ss \u00e9"w'})
    assert "***" in said
    assert "ss" not in said


def run(settings: Settings) -> bool:
    """The pulls as Dagster runs them, recorded in the installation's own instance."""
    built = build_pull_assets(settings)
    definitions = Definitions(
        assets=[each for each in built if not isinstance(each, AssetChecksDefinition)],
        asset_checks=[each for each in built if isinstance(each, AssetChecksDefinition)],
        jobs=[define_asset_job("pulls", selection="*")],
    )
    with open_instance(settings) as instance:
        result = definitions.resolve_job_def("pulls").execute_in_process(
            instance=instance, tags={PARTITION_NAME_TAG: "2024-03-04"}, raise_on_error=False
        )
        for entry in instance.all_logs(result.run_id):
            logging.getLogger("recorded").debug("%s", entry.to_json())
        return result.success


def command(settings: Settings, *arguments: str) -> list[str]:
    """What `andon …` prints."""
    environment = {**os.environ, "ANDON_HOME": str(settings.home), "ANDON_SOURCES_FILE": str(settings.sources_file)}
    program = [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments]
    done = subprocess.run(program, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    return [done.stdout, done.stderr]


def failures(settings: Settings, expected: int) -> list[str]:
    """Each source's error with all that its traceback holds, waits not waited for."""
    found: list[str] = []
    for source in load_sources(settings):
        effects = Effects(sleep=lambda _: None, say=found.append)
        try:
            pull_table(settings, source, source.tables[0], morning_after("03-05"), effects)
        except AndonError as error:
            logging.getLogger("caught").exception("failed")
            found.append(f"{source.name} failed: {error!r}")
    assert sum("failed: " in text for text in found) == expected
    return found


def content(path: Path) -> str:
    """A file's content as text, whatever compresses it."""
    data: Any = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    return data.decode(errors="replace")
