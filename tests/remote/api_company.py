"""A company whose data lie behind an API: declare, pull with a clock and a sleep of the test's own, load, look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from orchestration.ingest.columns import Feed
from orchestration.ingest.load import LoadReport
from orchestration.ingest.remote.declared import load_sources
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.pull import Days, PullReport, pull_table
from orchestration.settings import Settings
from tests.ingest.landed import Site
from tests.remote.company import EVENTS, load_events

NOW = datetime(2024, 3, 6, tzinfo=UTC)


@dataclass
class ApiCompany:
    """An installation; `waited`: the seconds it would have slept; `said`: the progress it told."""

    home: Path
    source: dict[str, Any] = field(default_factory=dict)
    waited: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        vendors = ("flat", "salesforce", "hubspot")
        return Settings(home=self.home, sources_file=self.home.parent / "sources.yml", vendors=vendors)

    def declare(self, *tables: Mapping[str, Any], **more: Any) -> None:
        """Write the declaration."""
        document = {"sources": [{**self.source, **more, "tables": list(tables)}]}
        (self.home.parent / "sources.yml").write_text(yaml.safe_dump(document))

    def pull(self, as_of: datetime, days: Days | None = None, place: int = 0) -> PullReport:
        """Pull one declared table."""
        (source,) = load_sources(self.settings)
        effects = Effects(now=lambda: NOW, sleep=self.waited.append, say=self.said.append)
        return pull_table(self.settings, source, source.tables[place], as_of, effects, days)

    def load(self, as_of: datetime, feed: Feed = EVENTS) -> LoadReport:
        """Load what has landed, as the daily run at that instant does."""
        return load_events(self.settings, as_of, feed)

    def rows(self, feed: Feed = EVENTS) -> list[dict[str, Any]]:
        """What is in the lake."""
        return Site(self.settings, feed).rows()
