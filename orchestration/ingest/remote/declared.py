"""The declaration of sources: a YAML document that says what is pulled from where into which feed.

Belongs here: its fields and the rules it must keep. Secrets stand in it only as names of environment variables.
Does not belong here: whether a source answers (each kind's own module).
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from expectations.located_yaml import Located
from expectations.problems import Problem, Where, by_line, read_document
from orchestration.errors import AndonError
from orchestration.ingest.columns import Feed
from orchestration.ingest.contracts import FEEDS_BY_NAME, feeds_on
from orchestration.settings import Settings

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
WINDOW_DAYS = 7


def _is_private(url: str) -> str:
    if not re.match(r"https://[^@]+$|http://(localhost|127\.0\.0\.1)(:[0-9]+)?/?$", url):
        raise ValueError("is not an address that secrets may go to; write it as https://host, without user or password")
    return url


def _is_variable(name: str) -> str:
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError("takes the name of an environment variable, not its value; write it as SALES_TOKEN")
    return name


Variable = Annotated[str, AfterValidator(_is_variable)]
Address = Annotated[str, AfterValidator(_is_private)]
_SPAN = re.compile(r"([0-9]+) ?(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class SourcesError(AndonError):
    """The declaration cannot be used; the text lists every problem by line."""


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pulled(_Declared):
    """One table of a source and the feed it fills.

    `columns`: feed column → the source's column, field or property, where the names differ; null says that the source
    has none. `window_days`: business days of history per file. `late_margin`: how far behind the cursor is looked
    again for what became visible late, such as `15m`.
    """

    feed: Text
    columns: dict[str, Text | None] = {}
    window_days: Annotated[int, Field(ge=1, le=366)] = WINDOW_DAYS
    late_margin: timedelta = timedelta(minutes=15)

    @field_validator("late_margin", mode="before")
    @classmethod
    def _read_span(cls, value: object) -> object:
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValueError("is not a span of time; write it as 30s, 15m, 2h or 1d")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})

    def remote_name(self) -> str:
        """What the source calls the table."""
        raise NotImplementedError

    def column_of(self, feed_column: str) -> str | None:
        """What the declaration says fills a feed's column, by default its own name; None when the source has none."""
        return self.columns.get(feed_column, feed_column)

    @property
    def table_name(self) -> str:
        """The feed's name within its system."""
        return self.feed.partition(".")[2]

    @property
    def contract(self) -> Feed:
        """The feed's contract."""
        return FEEDS_BY_NAME[self.feed]


class PostgresTable(Pulled):
    """A table or view. Without `cursor` it is copied whole each time.

    `start`: what changed before this day is not wanted. `key`: what tells rows of one cursor value apart; default the
    feed's key. `late_ids`: the margin for a number as cursor.
    """

    table: Text
    start: date | None = None
    cursor: Text | None = None
    key: list[Text] = []
    extra_columns: list[Text] = []
    late_ids: Annotated[int, Field(ge=0)] = 10_000
    rows_per_file: Annotated[int, Field(ge=1)] = 500_000

    def remote_name(self) -> str:
        """Schema and table."""
        return self.table

    @property
    def key_columns(self) -> list[str]:
        """The source columns that tell rows apart."""
        return self.key or [name for name in map(self.column_of, self.contract.key) if name is not None]


class Postgres(_Declared):
    """A Postgres database: `url_env` names the variable with `postgresql://user:password@host/database`.

    `time_zone`: what its timestamps without time zone mean.
    """

    kind: Literal["postgres"]
    name: Name
    url_env: Variable
    time_zone: Text = "UTC"
    tables: Annotated[list[PostgresTable], Field(min_length=1)]

    @field_validator("time_zone", mode="after")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name} is not a time zone; write it as Europe/Berlin")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its timestamps without time zone."""
        return ZoneInfo(self.time_zone)


class ApiTable(Pulled):
    """A table of an API: what changed from `start` on. `extra`: the API's names of fields beyond the contract."""

    start: date
    extra: list[Text] = []


class SalesforceTable(ApiTable):
    """An object, by default the one that the feed is named for. `cursor`: by default SystemModstamp or CreatedDate."""

    object: Text | None = None
    cursor: Text | None = None

    def remote_name(self) -> str:
        """The object."""
        return self.object or "".join(part.title() for part in self.table_name.split("_"))


class HubspotTable(ApiTable):
    """A table of HubSpot. `object`: which kind of engagement, where the feed does not say."""

    object: Text | None = None

    def remote_name(self) -> str:
        """The feed's table, and the kind of object."""
        return f"{self.table_name}.{self.object}" if self.object else self.table_name


class _Api(_Declared):
    """`max_wait_minutes`: how long one request may wait for a rate limit or an outage in all."""

    name: Name
    max_wait_minutes: Annotated[float, Field(gt=0, le=240)] = 15

    @property
    def max_wait_seconds(self) -> float:
        """The longest wait, in seconds."""
        return self.max_wait_minutes * 60


class Salesforce(_Api):
    """An organisation; logs in with client credentials, or with a refresh token when one is named."""

    kind: Literal["salesforce"]
    login_url: Address = "https://login.salesforce.com"
    api_version: Annotated[str, StringConstraints(pattern=r"^v[0-9]{2,3}\.0$")] = "v62.0"
    client_id_env: Variable
    client_secret_env: Variable
    refresh_token_env: Variable | None = None
    page_size: Annotated[int, Field(ge=200, le=2000)] = 2000
    tables: Annotated[list[SalesforceTable], Field(min_length=1)]


class Hubspot(_Api):
    """A portal; `token_env` for a private app, else client id, client secret and refresh token."""

    kind: Literal["hubspot"]
    base_url: Address = "https://api.hubapi.com"
    token_env: Variable | None = None
    client_id_env: Variable | None = None
    client_secret_env: Variable | None = None
    refresh_token_env: Variable | None = None
    page_size: Annotated[int, Field(ge=1, le=200)] = 200
    tables: Annotated[list[HubspotTable], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_way_in(self) -> "Hubspot":
        parts = (self.client_id_env, self.client_secret_env, self.refresh_token_env)
        if (self.token_env is None) != all(parts) or (self.token_env and any(parts)):
            raise ValueError("name token_env alone, or client_id_env, client_secret_env and refresh_token_env")
        return self


Source = Annotated[Postgres | Salesforce | Hubspot, Field(discriminator="kind")]


class Sources(_Declared):
    """The whole document."""

    sources: Annotated[list[Source], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_differ(self) -> "Sources":
        names = [source.name for source in self.sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the name {', '.join(twice)} stands twice; give each source its own")
        return self


def load_sources(settings: Settings) -> tuple[Source, ...]:
    """The declared sources; none when `ANDON_SOURCES_FILE` is not set. Raises SourcesError with every problem."""
    sources, problems = _read(settings)
    if problems:
        raise SourcesError("\n".join(str(problem) for problem in problems))
    return sources


def check_sources(settings: Settings) -> list[Problem]:
    """Everything wrong with the declaration, by line; empty when it can be used or there is none."""
    return _read(settings)[1]


def _read(settings: Settings) -> tuple[tuple[Source, ...], list[Problem]]:
    if settings.sources_file is None:
        return (), []
    document = read_document(settings.sources_file, Sources, "ANDON_SOURCES_FILE", _source_at)
    if document.model is None:
        return (), document.problems
    sources = tuple(document.model.sources)
    found = [
        document.problem(("sources", place, "tables", index, *where), message)
        for place, source in enumerate(sources)
        for index, table in enumerate(source.tables)
        for where, message in _table_problems(table, {feed.name for feed in feeds_on(settings)})
    ]
    found += [document.problem(where, message) for where, message in _repeated(sources)]
    return sources, by_line(found)


def _source_at(located: Located, where: Where) -> str | None:
    name = located.value((*where[:2], "name")) if where[:1] == ("sources",) and len(where) > 1 else None
    return name if isinstance(name, str) else None


Found = Iterator[tuple[Where, str]]


def _table_problems(table: Pulled, on: set[str]) -> Found:
    if table.feed not in FEEDS_BY_NAME:
        near = get_close_matches(table.feed, FEEDS_BY_NAME, n=1)
        hint = f"; {near[0]} is the nearest" if near else ""
        yield ("feed",), f"there is no feed {table.feed}{hint}: `andon feeds` lists them"
    elif table.feed not in on:
        yield ("feed",), f"{table.feed} is off: add {table.contract.system} to ANDON_VENDORS"
    else:
        yield from _column_problems(table)


def _column_problems(table: Pulled) -> Found:
    declared = {column.name: column for column in table.contract.columns}
    for name, source_name in table.columns.items():
        if name not in declared:
            near = get_close_matches(name, declared, n=1)
            yield (
                ("columns", name),
                f"{table.feed} has no column {name}{f'; {near[0]} is the nearest' if near else ''}",
            )
        elif source_name is None and declared[name].required:
            yield ("columns", name), "is required by the feed; name what fills it at the source"
    extra = table.extra_columns if isinstance(table, PostgresTable) else []
    if taken := sorted(set(extra) & set(declared)):
        yield ("extra_columns",), f"{', '.join(taken)} is a column of {table.feed}; map it under `columns`"


def _repeated(sources: tuple[Source, ...]) -> Found:
    for place, source in enumerate(sources):
        seen: set[tuple[str, str]] = set()
        for index, table in enumerate(source.tables):
            pair = (table.feed, table.remote_name())
            if pair in seen:
                yield ("sources", place, "tables", index, "feed"), f"{pair[1]} fills {pair[0]} twice; keep one"
            seen.add(pair)
