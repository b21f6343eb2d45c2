"""A company with a database: declare sources, change rows, pull, load, and look at what arrived."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml

from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import FEEDS_BY_NAME
from orchestration.ingest.load import LoadReport, load_feed
from orchestration.ingest.remote.declared import load_sources
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.pull import Days, PullReport, pull_table
from orchestration.partitions import as_of_for_day, business_day_of
from orchestration.settings import Settings
from tests.ingest.landed import Site
from tests.remote.postgres_server import Server

EVENTS = FEEDS_BY_NAME["crm.lead_events"]
EVENTS_TABLE: dict[str, Any] = {"feed": "crm.lead_events", "table": "public.lead_events", "cursor": "event_at"}
CREATE_EVENTS = """
    create table lead_events (event_id bigint primary key, lead_id text, event_at timestamptz, event_type text,
        from_value text, to_value text, actor_id text, reason text)"""


def at(text: str) -> datetime:
    """An instant of 2024, `03-04 12:00`, in UTC."""
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=UTC)


@dataclass
class Company:
    """An installation and the database it pulls from."""

    home: Path
    server: Server
    database: str
    said: list[str] = field(default_factory=list)
    on_say: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self.declare(EVENTS_TABLE)

    @property
    def settings(self) -> Settings:
        vendors = ("flat", "salesforce")
        return Settings(home=self.home, sources_file=self.home.parent / "sources.yml", vendors=vendors)

    def declare(self, *tables: Mapping[str, Any], **source: Any) -> None:
        """Write the declaration: one Postgres source with these tables."""
        document = {
            "sources": [
                {"kind": "postgres", "name": "company", "url_env": "COMPANY_URL", **source, "tables": list(tables)}
            ]
        }
        (self.home.parent / "sources.yml").write_text(yaml.safe_dump(document))

    def connect(self) -> psycopg.Connection:
        """The owner's connection to the company's database."""
        return self.server.admin(self.database)

    def sql(self, *statements: str) -> None:
        """Run statements as the owner."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def events(self, *rows: tuple[int, str]) -> None:
        """Insert events: id and when."""
        with self.connect() as connection:
            insert_events(connection, *rows)

    def pull(self, as_of: datetime, days: Days | None = None) -> PullReport:
        """Pull the first declared table."""
        (source, *_) = load_sources(self.settings)
        effects = Effects(say=self.on_say or self.said.append)
        return pull_table(self.settings, source, source.tables[0], as_of, effects, days)

    def load(self, as_of: datetime, feed: Feed = EVENTS) -> LoadReport:
        """Load what has landed, as the daily run at that instant does."""
        return load_events(self.settings, as_of, feed)

    def rows(self, feed: Feed = EVENTS) -> list[dict[str, Any]]:
        """What is in the lake."""
        return Site(self.settings, feed).rows()

    def rejects(self, feed: Feed = EVENTS) -> list[dict[str, Any]]:
        """What was rejected."""
        return Site(self.settings, feed).rejects()

    def event_ids(self) -> list[str]:
        """The ids of the events in the lake, each as often as it is there."""
        return sorted((row["event_id"] for row in self.rows()), key=int)


def load_events(settings: Settings, as_of: datetime, feed: Feed = EVENTS) -> LoadReport:
    """Load a feed as the daily run at that instant does."""
    day = business_day_of(as_of, settings.zone)
    return load_feed(feed, settings, day, day, as_of)


def insert_events(connection: psycopg.Connection, *rows: tuple[int, str]) -> None:
    for number, moment in rows:
        connection.execute(
            "insert into lead_events values (%s, %s, %s, 'status', 'New', 'Working', 'U1', null)",
            [number, f"L{number}", at(moment)],
        )


def morning_after(day: str) -> datetime:
    """When the daily run of a day of 2024, `03-04`, looks from."""
    return as_of_for_day(date.fromisoformat(f"2024-{day}"), Settings().zone)


def stored_at(text: str) -> datetime:
    """An instant of 2024 as the lake stores it: UTC, without a zone."""
    return at(text).replace(tzinfo=None)
