"""Fixtures of the ingest tests."""

from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.ingest.landed import Site


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def site(settings: Settings) -> Site:
    return Site(settings)
