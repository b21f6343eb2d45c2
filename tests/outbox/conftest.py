"""An installation without any delivery settings of the machine the tests run on."""

import os
from pathlib import Path

import pytest

from orchestration.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("ANDON_SMTP_")]:
        monkeypatch.delenv(name)
    return Settings(home=tmp_path / "home")


@pytest.fixture
def mail_goes_to(monkeypatch: pytest.MonkeyPatch):
    """Point the installation at a server on this machine."""

    def point(port: int, **more: str) -> None:
        values = {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none", "FROM": "andon@example.com"} | more
        for name, value in values.items():
            monkeypatch.setenv(f"ANDON_SMTP_{name}", value)

    return point
