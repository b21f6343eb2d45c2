"""One pull: each declared table of the sources, from where the last one stopped, into landing.

Belongs here: the order of the steps, and the report. Does not belong here: how a kind of source is read, Dagster
(`assets.py`), or when a pull happens.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from orchestration.errors import AndonError
from orchestration.ingest.remote import hubspot, postgres, salesforce
from orchestration.ingest.remote.declared import (
    Hubspot,
    HubspotTable,
    Postgres,
    PostgresTable,
    Pulled,
    Salesforce,
    SalesforceTable,
    Source,
)
from orchestration.ingest.remote.effects import Effects
from orchestration.ingest.remote.errors import SourceError
from orchestration.ingest.remote.landing_file import Batch, land
from orchestration.ingest.remote.position import Position, PositionFile
from orchestration.ingest.remote.windows import days_window
from orchestration.settings import Settings


class Reader(Protocol):
    """One table of a source, open."""

    def batches(self, position: Position, as_of: datetime) -> Iterator[Batch]:
        """What is new since the position."""
        ...

    def between(self, start: datetime, end: datetime) -> Iterator[Batch]:
        """What changed in a stretch of time, again."""
        ...


@dataclass
class PullReport:
    """What one table's pull brought: files in landing, and rows in them."""

    source: str
    feed: str
    files: list[str] = field(default_factory=list[str])
    rows: int = 0


@dataclass(frozen=True)
class Days:
    """A range of business days (both included) to be pulled again; it does not move the position."""

    first: date
    last: date


def pull_table(
    settings: Settings, source: Source, table: Pulled, as_of: datetime, effects: Effects, days: Days | None = None
) -> PullReport:
    """Pull one table up to `as_of` (aware). How it ended is remembered until the next pull of it.

    Raises SourceError and SourceUnavailableError; what was landed before stays, and the next pull goes on from it.
    """
    place = PositionFile.of(settings, source, table)
    report = PullReport(source.name, table.feed)
    with place.alone():
        stored = place.settle(settings.landing)
        try:
            with open_table(settings, source, table, effects) as reader:
                batches = reader.batches(stored.position, as_of) if days is None else _again(settings, reader, days)
                for batch in batches:
                    landed = land(settings, table.contract, source.name, batch, None if days else place)
                    if landed.file:
                        report.files.append(landed.file.relative_to(settings.landing).as_posix())
                        report.rows += landed.rows
                        effects.say(f"{source.name}: {table.feed}: {landed.rows} rows, {landed.file.name}")
        except AndonError as error:
            place.note_error(effects.masked(error))
            raise
        place.note_error(None)
    return report


def check_connection(settings: Settings, source: Source, table: Pulled, effects: Effects) -> str | None:
    """Try to reach a table and match it with its feed; what is wrong, or None."""
    try:
        with open_table(settings, source, table, effects):
            return None
    except AndonError as error:
        return effects.masked(error)


def open_table(settings: Settings, source: Source, table: Pulled, effects: Effects) -> AbstractContextManager[Reader]:
    """The reader of a table, by the kind of its source."""
    match source, table:
        case Postgres(), PostgresTable():
            return postgres.open_reader(settings, source, table, effects)
        case Salesforce(), SalesforceTable():
            return salesforce.open_reader(settings, source, table, effects)
        case Hubspot(), HubspotTable():
            return hubspot.open_reader(settings, source, table, effects)
        case _:
            raise TypeError(f"{source.name} is a {source.kind}, {table.feed} is not one of its tables")


def chosen(sources: Sequence[Source], name: str | None) -> list[Source]:
    """The source of that name, or all. Raises SourceError when there is none."""
    if not sources:
        raise SourceError("no sources are declared: set ANDON_SOURCES_FILE to the file that declares them")
    wanted = [source for source in sources if name in (None, source.name)]
    if not wanted:
        there = ", ".join(source.name for source in sources)
        raise SourceError(f"there is no source {name}; declared: {there}")
    return wanted


def _again(settings: Settings, reader: Reader, days: Days) -> Iterator[Batch]:
    return reader.between(*days_window(days.first, days.last, settings.zone))
