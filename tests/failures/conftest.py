"""A world of its own for each test."""

from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.failures.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Settings(home=tmp_path / "home"))
