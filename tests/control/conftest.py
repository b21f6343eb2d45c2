"""An installation in a temporary folder."""

import hypothesis
import pytest

from orchestration.control.revisions import RevisionStore
from orchestration.settings import Settings

# How long one example takes says nothing on a machine that does other things as well.
hypothesis.settings.register_profile("no_deadline", deadline=None)
hypothesis.settings.load_profile("no_deadline")


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path)


@pytest.fixture
def store(settings):
    return RevisionStore(settings)
