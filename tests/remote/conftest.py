"""Fixtures of the tests of remote sources: one Postgres server, an installation per test."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.remote.company import Company
from tests.remote.postgres_server import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as started:
        yield started


@pytest.fixture
def company(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """An installation whose source is an empty database of its own."""
    database = f"d{uuid4().hex[:12]}"
    server.new_database(database)
    monkeypatch.setenv("COMPANY_URL", server.url(database))
    return Company(tmp_path / "home", server, database)
