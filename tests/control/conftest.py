"""An installation in a temporary folder."""

import pytest

from orchestration.control.revisions import RevisionStore
from orchestration.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


@pytest.fixture
def store(settings):
    return RevisionStore(settings)
